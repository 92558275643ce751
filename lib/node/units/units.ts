import type { UnitFile, UnitOptions } from '../../../types/node/units.js'
import { argumentWord, unitWord } from './unit-words.js'

export const serviceName = 'mig-nvml.service'
export const targetName = 'nvidia-gpu-reset.target'
export const defaultUnitFolder = '/etc/systemd/system'
export const vendorUnitFolder = '/usr/lib/systemd/system'
export const defaultEnvironmentFile = '/etc/mig-nvml/boot.env'
export const defaultStateFolder = '/var/lib/mig-nvml'
export const defaultTimeoutSeconds = 540

/** What pulls the service in at boot. mig-parted's unit has the same, so that units made for it keep working. */
export const wantedBy: readonly string[] = ['multi-user.target', targetName]

/** Options with every default filled in. */
export interface FullUnitOptions extends Required<UnitOptions> {
  readonly unitFolder: string
}

/** The files of the service, in the order in which they are to be written. */
export function unitFiles(options: FullUnitOptions): readonly UnitFile[] {
  const { unitFolder, environmentFile } = options
  return [
    { kind: 'environment', path: environmentFile, text: environmentText },
    { kind: 'target', path: `${unitFolder}/${targetName}`, text: targetText },
    { kind: 'service', path: `${unitFolder}/${serviceName}`, text: serviceText(options) },
  ]
}

const targetText = `[Unit]
Description=NVIDIA GPUs have their MIG layout
`

/** How long a stopped boot may undo before systemd kills it. */
export const undoSeconds = 120

function serviceText({
  nodePath,
  packagePath,
  environmentFile,
  stateFolder,
  timeoutSeconds,
  before,
}: FullUnitOptions): string {
  const args = [
    `${packagePath}/dist/cli/main.js`,
    'boot',
    `--state-dir=${stateFolder}`,
    `--timeout=${timeoutSeconds}`,
  ]
  return `[Unit]
Description=MIG layout of the NVIDIA GPUs
Documentation=file:${unitWord(encodeURI(packagePath))}/docs/boot.md
# Without default dependencies multi-user.target does not wait for this unit, nor does what comes after that target. So a
# boot that waits for a driver holds up only what asks for it, also where the driver is installed late in the boot.
DefaultDependencies=no
Requires=sysinit.target
After=sysinit.target basic.target
Conflicts=shutdown.target
RequiresMountsFor=${[nodePath, packagePath, stateFolder].map(unitWord).join(' ')}
# A reset of a GPU disturbs them, and the GPUs of an NVSwitch machine work only after the fabric manager.
After=nvidia-persistenced.service nvidia-fabricmanager.service nvidia-mig-manager.service
Before=${['shutdown.target', targetName, ...before].join(' ')}

[Service]
Type=oneshot
RemainAfterExit=yes
NotifyAccess=main
EnvironmentFile=-${environmentFile.replaceAll('%', '%%')}
Environment=NODE_DISABLE_COMPILE_CACHE=1
ExecStart=${[unitWord(nodePath), ...args.map(argumentWord)].join(' ')}
TimeoutStartSec=${timeoutSeconds + 60}
TimeoutStopSec=${undoSeconds}

# The driver wants an administrator (CAP_SYS_ADMIN), and its nvidia-modprobe loads modules and makes device nodes. So
# /dev, /proc and /sys stay as they are, and modules can be loaded. Node compiles while it runs: memory may be executable.
CapabilityBoundingSet=CAP_SYS_ADMIN CAP_SYS_MODULE CAP_MKNOD CAP_SYS_PTRACE CAP_CHOWN CAP_FOWNER CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=/run -/etc/cdi
${stateSetting(stateFolder)}
ProtectHome=read-only
PrivateTmp=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_UNIX AF_NETLINK
IPAddressDeny=any
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=~@clock @cpu-emulation @debug @obsolete @raw-io @reboot @swap
SystemCallErrorNumber=EPERM

[Install]
WantedBy=${wantedBy.join(' ')}
`
}

/** The folder of the persisted choice, which systemd makes where it is below its own folder for states. */
function stateSetting(folder: string): string {
  const [, name] = /^\/var\/lib\/([\w.-]+(?:\/[\w.-]+)*)$/.exec(folder) ?? []
  return name === undefined ? `ReadWritePaths=${unitWord(folder)}` : `StateDirectory=${name}`
}

const environmentText = `# Variables for mig-nvml.service, which runs mig-nvml boot. mig-nvml help boot explains them.

# What the GPUs are to be. Without these lines, it is what the last mig-nvml apply --persist has chosen.
# A name alone is one of mig-nvml generate-config: all-disabled, all-balanced, all-1g.10gb.
#MIG_PARTED_SELECTED_CONFIG=all-balanced
#MIG_PARTED_CONFIG_FILE=/etc/mig-nvml/config.yaml

# How many seconds to wait for the driver.
#MIG_NVML_BOOT_WAIT=120

# Reboot the machine, once, where a GPU gets its MIG mode by nothing else: never or once.
#MIG_NVML_BOOT_REBOOT=never

# Units and containers to stop where they are in the way.
#MIG_NVML_BOOT_CLIENTS=/etc/mig-nvml/clients.yaml

# A CDI specification to write, and the folder below which the driver is installed.
#MIG_NVML_BOOT_CDI=/var/run/cdi/nvidia.yaml
#MIG_NVML_BOOT_DRIVER_ROOT=/
`
