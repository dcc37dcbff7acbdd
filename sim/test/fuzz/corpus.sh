#!/bin/sh
# corpus.sh - the seeds of every fuzz target, from what lies in the tree:
# workloads/, golden files and tables of our own. Also a dictionary for each:
# the words of its seeds, and numbers that hurt.
#
# Usage, from the top of the tree: sh sim/test/fuzz/corpus.sh FOLDER
# makes FOLDER/NAME/* and FOLDER/NAME.dict for the target fuzz_NAME.
set -eu
export LC_ALL=C
to=${1:?folder}
golden=sim/test/golden
rm -rf "$to"
mkdir -p "$to"

# each line of a file as a seed: NAME LINES BYTES_MAX FILE...
lines() {
	name=$1 count=$2 bytes=$3
	shift 3
	mkdir -p "$to/$name"
	for file in "$@"; do
		[ -f "$file" ] || continue
		gzip -dcf "$file" | awk -v to="$to/$name/$(basename "$file")" \
			-v count="$count" -v bytes="$bytes" '
		length($0) <= bytes && n < count {
			out = to "." n++
			print > out
			close(out)
		}'
	done
}

copy() { # NAME FILE...
	name=$1
	shift
	mkdir -p "$to/$name"
	for file in "$@"; do
		[ ! -f "$file" ] || cp "$file" "$to/$name/"
	done
}

copy xlcfg workloads/guests/*.cfg
cat >"$to/xlcfg/lists.cfg" <<'END'
name = 'a' ; type = "hvm"; memory = 0x400
vcpus = 4
maxvcpus = 4
cpus = [ "0-1,^1", "all", "node:0", "nodes:0-1,^node:0" ]
cpus_soft = "all,^0"
vga = "stdvga"; videoram = 16
vnuma = [ [ "pnode=0","size=512","vcpus=0-1","vdistances=10,20" ],
	  [ "pnode=1","size=512","vcpus=2-3","vdistances=20,10" ] ]
disk = [ ]
disk += [ '/a,raw,xvda,rw' ]
END

copy workload workloads/workloads/*.yaml
copy scenario workloads/scenarios/*.yaml
copy host workloads/hosts/*.yaml

copy topology sim/test/golden/*.xml ../shared/data/topologies/8intel64*.xml \
	../shared/data/topologies/8ia64*.xml ../shared/data/topologies/16em64t*
cat >"$to/topology/small.xml" <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE topology SYSTEM "hwloc2.dtd">
<topology version="2.0">
 <object type="Machine" os_index="0" cpuset="0x3" complete_cpuset="0x3" allowed_cpuset="0x3" nodeset="0x3" complete_nodeset="0x3" allowed_nodeset="0x3" gp_index="1">
  <info name="Backend" value="Linux"/>
  <object type="Package" os_index="0" cpuset="0x1" complete_cpuset="0x1" nodeset="0x1" complete_nodeset="0x1" gp_index="2">
   <object type="NUMANode" os_index="0" cpuset="0x1" complete_cpuset="0x1" nodeset="0x1" complete_nodeset="0x1" gp_index="3" local_memory="4294967296">
    <page_type size="4096" count="1048576"/>
   </object>
   <object type="L3Cache" cpuset="0x1" complete_cpuset="0x1" nodeset="0x1" complete_nodeset="0x1" gp_index="4" cache_size="8388608" depth="3" cache_linesize="64" cache_associativity="16" cache_type="0">
    <object type="Core" os_index="0" cpuset="0x1" complete_cpuset="0x1" nodeset="0x1" complete_nodeset="0x1" gp_index="5">
     <object type="PU" os_index="0" cpuset="0x1" complete_cpuset="0x1" nodeset="0x1" complete_nodeset="0x1" gp_index="6"/>
    </object>
   </object>
  </object>
  <object type="Package" os_index="1" cpuset="0x2" complete_cpuset="0x2" nodeset="0x2" complete_nodeset="0x2" gp_index="7">
   <object type="NUMANode" os_index="1" cpuset="0x2" complete_cpuset="0x2" nodeset="0x2" complete_nodeset="0x2" gp_index="8" local_memory="4294967296">
    <page_type size="4096" count="1048576"/>
   </object>
   <object type="Core" os_index="0" cpuset="0x2" complete_cpuset="0x2" nodeset="0x2" complete_nodeset="0x2" gp_index="9">
    <object type="PU" os_index="1" cpuset="0x2" complete_cpuset="0x2" nodeset="0x2" complete_nodeset="0x2" gp_index="10"/>
   </object>
  </object>
 </object>
 <distances2 type="NUMANode" nbobjs="2" kind="5" name="NUMALatency" indexing="os">
  <indexes length="4">0 1 </indexes>
  <u64values length="12">10 20 20 10 </u64values>
 </distances2>
 <memattr name="Bandwidth" flags="5">
  <memattr_value target_obj_gp_index="3" target_obj_type="NUMANode" value="10000" initiator_cpuset="0x1"/>
 </memattr>
 <support name="discovery.pu"/>
</topology>
END

mkdir -p "$to/synthetic"
n=0
grep -hoE '^topology: *"?[^"]*:[^"]*"?$' workloads/hosts/*.yaml |
sed 's/^topology: *//; s/"//g' | while read -r text; do
	n=$((n + 1))
	printf '%s' "$text" >"$to/synthetic/$n"
done
printf 'pack:2 [numa(memory=8GB indexes=1,0)] l3:1(size=8MB) core:4 pu:2' \
	>"$to/synthetic/attached"

mkdir -p "$to/csv" "$to/results"
cat >"$to/csv/trace" <<'END'
arrival_s,lifetime_s,vcpus,memory_mib,workload
0.5,3,2,512,
1e-3,,1,1024,stream
"2",9.5,,,"idle"
END
cat >"$to/csv/samples" <<'END'
suite,case,variant,metric,unit,better,class,origin,seed,repeat,value
demo,all,libxl,slowdown,ratio,lower,exact,model,1,0,1.5
demo,"a,""b""",stripe,placed,guests,higher,sampled,hardware,2,1,nan
demo,all,stripe,placed,guests,none,exact,xen,2,1,-inf
END
{ printf 1; cat "$to/csv/samples"; } >"$to/results/samples"
printf '2case,load,load_unit\nall,8,guests\nother,nan,\n' >"$to/results/cases"
printf '0{"scenario": "demo", "version": "0.1", "host": {"cpu": "x", "cpus": 2}}' \
	>"$to/results/run"

# recorded answers: short ones, for speed; then files of several
for file in "$golden"/*.jsonl.gz "$golden"/sched-traces/*.jsonl.gz; do
	lines conform 12 12000 "$file"
	mkdir -p "$to/jsonl"
	out=$to/jsonl/$(basename "$file")
	gzip -dc "$file" | awk 'length($0) < 3000 && n++ < 4' |
		gzip -nc >"$out"
	gzip -dc "$out" >"$out.plain"
	[ -s "$out.plain" ] || rm "$out" "$out.plain"
done

# a recorded host: the machine, a guest that comes, one that goes
mkdir -p "$to/lab"
cat >"$to/lab/small" <<'END'
{"run":"r","step":0,"action":"topology","topology":"2x1","cpus":[{"cpu":0,"core":0,"socket":0,"node":0},{"cpu":1,"core":0,"socket":1,"node":1}],"total_memory_mib":4095,"xen_version":"4.17.7","xen_commandline":"dom0_mem=768M","qemu_args":"-m 4G","boot_s":35.1,"after":{"free_memory_mib":3100,"outstanding_claims":0,"nodes":[{"node":0,"memsize_mib":3072,"memfree_mib":1500,"distances":[10,20],"start_pfn":0,"size_pages":786432,"free_pages":384000},{"node":1,"memsize_mib":2048,"memfree_mib":1600,"distances":[20,10],"start_pfn":786432,"size_pages":524288,"free_pages":409600}],"domains":[{"name":"Domain-0","id":0,"mem_mib":768,"vcpus_online":1,"state":"r-----","node_affinity":"all","vcpus":[{"vcpu":0,"cpu":1,"state":"r--","hard":"all","soft":"all"}],"total_pages":196608,"pages_per_node":{"0":100000,"1":96608}}]}}
{"run":"r","seq":"s","step":1,"action":"create","config":{"kernel":"/k","name":"g","vcpus":1,"memory_mib":256,"type":"pv"},"rc":0,"wall_s":10.89,"placement_candidates":[{"nr_nodes":1,"nr_cpus":1,"nr_vcpus":1,"free_mem":1500}],"placement_selected":{"nr_nodes":1,"nr_cpus":1,"free_mem":1500},"after":{"free_memory_mib":2800,"outstanding_claims":0,"nodes":[{"node":0,"memsize_mib":3072,"memfree_mib":1200,"distances":[10,20],"start_pfn":0,"size_pages":786432,"free_pages":318464},{"node":1,"memsize_mib":2048,"memfree_mib":1600,"distances":[20,10],"start_pfn":786432,"size_pages":524288,"free_pages":409600}],"domains":[{"name":"Domain-0","id":0,"mem_mib":768,"vcpus_online":1,"state":"r-----","node_affinity":"all","vcpus":[{"vcpu":0,"cpu":1,"state":"r--","hard":"all","soft":"all"}],"total_pages":196608,"pages_per_node":{"0":100000,"1":96608}},{"name":"g","id":1,"mem_mib":256,"vcpus_online":1,"state":"-b----","node_affinity":"0","vcpus":[{"vcpu":0,"cpu":0,"state":"-b-","hard":"all","soft":"0"}],"total_pages":65536,"pages_per_node":{"0":65536,"1":0}}]}}
END
for file in ../shared/xen-lab/*.jsonl.gz; do
	[ -f "$file" ] || continue
	gzip -dc "$file" | head -n 4 >"$to/lab/$(basename "$file" .gz)"
done

cp "$to"/lab/* "$to/conform/"

# a live host, as xl prints it
mkdir -p "$to/host_state" "$to/vnuma"
sep=$(printf '\001')
cat >"$to/host_state/two-node" <<END
nr_cpus                : 4
max_cpu_id             : 3
nr_nodes               : 2
total_memory           : 4095
free_memory            : 2500
outstanding_claims     : 0
xen_scheduler          : credit2
xen_commandline        : dom0_mem=768M dma_bits=31
cpu_topology           :
cpu:    core    socket     node
  0:       0        0        0
  1:       1        0        0
  2:       0        1        1
  3:       1        1        1
device topology        :
device           node
0000:00:00.0      0
numa_info              :
node:    memsize    memfree    distances
   0:      3072       1500      10,21
   1:      2048       1000      21,10
xen_version            : 4.17.7
$sep
Name                                        ID   Mem VCPUs	State	Time(s) NODE Affinity
Domain-0                                     0   768     2     r-----      12.3 all
g                                            3   256     2     -b----       1.0 0
$sep
Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard / Soft)
Domain-0                             0     0    1   r--      10.1  all / all
Domain-0                             0     1    2   -b-       2.2  all / all
g                                    3     0    0   -b-       0.5  all / 0-1
g                                    3     1    -   --p       0.5  0-1 / none
$sep
(XEN) 'u' pressed -> dumping numa info (now = 48873125478)
(XEN) NODE0 start->0 size->786432 free->384000
(XEN) NODE1 start->786432 size->524288 free->256000
(XEN) CPU0...1 -> NODE0
(XEN) CPU2...3 -> NODE1
(XEN) Memory location of each domain:
(XEN) d0 (total: 196608):
(XEN)     Node 0: 100000
(XEN)     Node 1: 96608
(XEN) d3 (total: 65536):
(XEN)     Node 0: 65536
(XEN)     Node 1: 0
(XEN)      1 vnodes, 2 vcpus, guest physical layout:
(XEN)          0: pnode   0, vcpus 0-1
(XEN)            0000000000000000 - 0000000010000000
(XEN) heap[node=0][zone=20] -> 384000 pages
(XEN) heap[node=1][zone=21] -> 256000 pages
$sep
Name               CPU list
Pool-0             0,1,2,3
END
cp "$to/xlcfg/lists.cfg" workloads/guests/vnuma.cfg "$to/vnuma/"
cat >"$to/vnuma/pv" <<END
name = "p"; type = "pv"; memory = 4096; vcpus = 2; e820_host = 1
vnuma = [ [ "pnode=0","size=2048","vcpus=0","vdistances=10,20" ],
	  [ "pnode=1","size=2048","vcpus=1","vdistances=20,10" ] ]
$sep(XEN)  [0000000000000000, 000000000009fbff] (usable)
(XEN)  [0000000000100000, 00000000bfffffff] (usable)
[mem 0xc0000000-0xcfffffff] reserved
0x100000000 0x100000000 usable
END

# dictionaries
for folder in "$to"/*/; do
	name=$(basename "$folder")
	{
		cat "$folder"/* | grep -aoE '[A-Za-z_][A-Za-z0-9_]{1,30}' |
			sort | uniq -c | sort -k1,1nr -k2 | awk 'NR <= 400 {
				print "\"" $2 "\"" }'
		for number in -1 0 4000000000 18446744073709551616 1e30 1e-320 \
			1e999 nan inf 9223372036854775807 -9223372036854775808 \
			2147483648 65536 67108864 '&a' '*a' '<<' '!!' '[[[[' \
			'{{{{' '^' '0x' '%s' '%n'
		do
			printf '"%s"\n' "$number"
		done
		printf '"\\x00"\n"\\xff\\xfe"\n"\\xc3\\x28"\n"\\x0a"\n"\\x1b["\n'
	} >"$to/$name.dict"
done
