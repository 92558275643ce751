/** What each action of `mig-nvml simulator` does, for its help. */
export const actionHelp: Readonly<Record<string, string>> = {
  models: 'list the models of GPUs, each with the key that also names it',
  path: 'print the folder of libnvidia-ml.so.1 for LD_LIBRARY_PATH; with --driver, without newer functions',
  create:
    'create a machine, and print the lines by which a shell shows it to other NVML clients: eval "$(mig-nvml simulator create --simulate SPEC)"',
  delete: 'remove the file of a machine, and what applies have left beside it',
  describe: 'print GPUs, instances, processes and settings',
  env: 'print the lines that create prints',
  counts: 'print the NVML calls by function',
  'reset-counts': 'count from 0 again',
  journal: 'print the changing calls of every process',
  'add-process': 'put a process on a GPU or a MIG device',
  'remove-process': 'end a process',
  'lose-gpu': 'let a GPU fall off the bus',
  'raise-xid': 'raise an Xid of a GPU or of an instance on it',
  'reset-gpu': 'reset a GPU',
  'request-mode': 'request the MIG mode of a GPU for its next reset: on or off',
  reboot: 'reboot the machine',
  'unload-driver': 'unload the driver',
  'load-driver': 'load the driver',
  fail: 'let calls of a function fail or hang',
  'clear-faults': 'let no call fail any more',
  latency:
    'set how long changes take: none, a100 or h100; or with --fn and --us, how long one function takes',
  privileges: 'set what the driver permits: admin, config, monitor or none',
  'reset-policy':
    'set what a mode change does on GPUs that need a reset: automatic, manual or refused',
  'stale-sessions':
    'whether a session of NVML goes on seeing the MIG devices of its start: on or off',
  'idle-memory': 'set the memory that each GPU instance uses when idle',
  'root-tree': 'list the files that a container runtime reads, or write them into a folder',
  'follow-tree': 'write the same, and reset a GPU when a program writes into its reset file',
}
