/* xlcfg_scan.c - the keys of an xl.cfg and their lines (xlcfg_scan.h). */
#include "toolstack/xlcfg_scan.h"

#include <ctype.h>
#include <string.h>

/* What xl.cfg(5) of Xen 4.17 documents, by name. */
static const char *const known_names[] = {
	"acpi", "acpi_firmware", "acpi_laptop_slate", "acpi_s3", "acpi_s4",
	"altp2m", "altp2mhvm", "apic", "argo", "bios", "bios_path_override",
	"blkdev_start", "boot", "bootloader", "bootloader_args", "builder",
	"cap", "channel", "cmdline", "cpu_weight", "cpuid", "cpus", "cpus_soft",
	"device_model_args", "device_model_args_hvm", "device_model_args_pv",
	"device_model_override", "device_model_stubdomain_cmdline",
	"device_model_stubdomain_kernel", "device_model_stubdomain_override",
	"device_model_stubdomain_ramdisk", "device_model_stubdomain_seclabel",
	"device_model_user", "device_model_version", "device_tree", "disk",
	"dm_restrict", "driver_domain", "dtdev", "e820_host", "event_channels",
	"extra", "extratime", "firmware", "firmware_override", "gfx_passthru",
	"gic_version", "hap", "hdtype", "hpet", "init_seclabel", "iomem",
	"ioports", "irqs", "kernel", "keymap", "localtime",
	"max_event_channels", "max_grant_frames", "max_grant_version",
	"max_maptrack_frames", "maxmem", "maxvcpus", "mca_caps", "memory",
	"mmio_hole", "ms_vm_genid", "msr_relaxed", "name", "nestedhvm",
	"nographic", "nomigrate", "on_crash", "on_poweroff", "on_reboot",
	"on_soft_reset", "on_watchdog", "opengl", "p9", "pae", "passthrough",
	"pci", "pci_msitranslate", "pci_permissive", "pci_power_mgmt",
	"pci_seize", "period", "pool", "pvcalls", "pvh", "pvshim",
	"pvshim_cmdline", "pvshim_extra", "pvshim_path", "ramdisk", "rdm",
	"rdm_mem_boundary", "root", "rtc_timeoffset", "sched", "sdl",
	"seclabel", "serial", "shadow_memory", "slice", "smbios",
	"smbios_firmware", "soundhw", "spice", "spice_clipboard_sharing",
	"spice_image_compression", "spice_streaming_video", "spiceagent_mouse",
	"spicedisable_ticketing", "spicehost", "spicepasswd", "spiceport",
	"spicetls_port", "spiceusbredirection", "spicevdagent", "stdvga",
	"system_firmware", "tee", "timeoffset", "timer_mode", "tsc_mode",
	"type", "usb", "usbctrl", "usbdev", "usbdevice", "usbversion", "uuid",
	"vcpus", "vdispl", "vfb", "vga", "videoram", "vif", "viommu",
	"viridian", "virtio", "vkb", "vmtrace_buf_kb", "vnc", "vncdisplay",
	"vnclisten", "vncpasswd", "vncunused", "vnuma", "vpt_align", "vsnd",
	"vtpm", "vuart", "xen_platform_pci",
};

struct scan {
	const char *at;
	uint32_t line;
};

static void skip_line(struct scan *s)
{
	while (*s->at && *s->at != '\n')
		s->at++;
}

/* From the opening quote to behind the closing one, or the line's end. */
static void skip_string(struct scan *s)
{
	char quote = *s->at++;

	while (*s->at && *s->at != quote && *s->at != '\n') {
		if (*s->at == '\\' && s->at[1] && s->at[1] != '\n')
			s->at++;
		s->at++;
	}
	if (*s->at == quote)
		s->at++;
}

/* To the newline or ';' that ends the setting. */
static void skip_value(struct scan *s)
{
	uint32_t depth = 0;

	while (*s->at) {
		char c = *s->at;

		if (!depth && (c == '\n' || c == ';'))
			return;
		if (c == '"' || c == '\'') {
			skip_string(s);
			continue;
		}
		if (c == '#') {
			skip_line(s);
			continue;
		}
		depth += c == '[';
		depth -= c == ']' && depth > 0;
		s->line += c == '\n';
		s->at++;
	}
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The key at s, which stands at a name; NULL if no '=' follows it. */
static struct xlcfg_key *scan_key(struct scan *s, struct arena *arena)
{
	const char *start = s->at;
	struct xlcfg_key *key;
	char *name;

	while (is_name(*s->at))
		s->at++;

	size_t length = (size_t)(s->at - start);

	s->at += strspn(s->at, " \t\r");
	if (*s->at != '=' && !(s->at[0] == '+' && s->at[1] == '='))
		return NULL;
	name = arena_alloc(arena, length + 1);
	memcpy(name, start, length);
	key = arena_alloc(arena, sizeof(*key));
	key->name = name;
	key->line = s->line;
	key->added = *s->at == '+';
	return key;
}

const struct xlcfg_key *xlcfg_scan(struct arena *arena, const char *text)
{
	struct scan s = {text, 1};
	struct xlcfg_key *first = NULL, *last = NULL;

	while (*s.at) {
		if (*s.at == '#') {
			skip_line(&s);
		} else if (is_name(*s.at)) {
			struct xlcfg_key *key = scan_key(&s, arena);

			skip_value(&s);
			if (!key)
				continue;
			if (last)
				last->next = key;
			else
				first = key;
			last = key;
		} else {
			s.line += *s.at == '\n';
			s.at++;
		}
	}
	return first;
}

uint32_t xlcfg_key_line(const struct xlcfg_key *keys, const char *name)
{
	uint32_t line = 0;

	for (; keys; keys = keys->next)
		if (strcmp(keys->name, name) == 0)
			line = keys->line;
	return line;
}

bool xlcfg_key_known(const char *name)
{
	uint32_t count;
	const char *const *names = xlcfg_key_names(&count);

	for (uint32_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

const char *const *xlcfg_key_names(uint32_t *count_r)
{
	*count_r = sizeof(known_names) / sizeof(known_names[0]);
	return known_names;
}
