/*
 * host_collect.h - the script that saves what a live Xen host says of itself.
 *
 * RULE    The script (sh, no more than dom0 has) runs in dom0:
 *
 *           info.txt           xl info -n
 *           list.txt           xl list -n (with -c where there are more pools)
 *           vcpu-list.txt      xl vcpu-list
 *           cpupool-list.txt   xl cpupool-list -c
 *           dmesg.txt          xl debug-keys H, then u; xl dmesg
 *
 *         All of them or none: they are written elsewhere and moved into the
 *         folder at the end. It changes nothing on the host but Xen's log, in
 *         which the two keys leave their lines. What fails is one line on
 *         stderr, and status 2.
 *
 * TESTS   sim/test/check_cmd_place.c
 */
#ifndef RUN_HOST_COLLECT_H
#define RUN_HOST_COLLECT_H

#include "base/err.h"

/* For `sh -s DIR <script`, where there is no nodewise. */
const char *host_collect_script(void);

/* Runs it here. 0; -1 with *err, whose text is "" if the script has told. */
int host_collect(const char *folder, struct err *err);

#endif
