import { notifyManager } from '../../driver/addon/native.js'

/** Reports to the service manager that has started this process; without one, to nobody. */
export interface Notifier {
  /** What the process does at the moment: a line of `systemctl status`. */
  status(text: string): void
  /** It has done its work. */
  ready(text: string): void
}

/** By the variable of sd_notify(3). Never throws: no boot fails for want of a reader. */
export function createNotifier(address: string | undefined): Notifier {
  const send = (text: string): void => {
    // There are other kinds of addresses, such as those of virtual machines.
    if (address === undefined || !/^[/@]/.test(address)) return
    try {
      notifyManager(address, text)
    } catch {
      // Without the addon there will be another error.
    }
  }
  const statusLine = (text: string): string => `STATUS=${text.replaceAll(/\s+/g, ' ')}\n`
  return {
    status: (text) => send(statusLine(text)),
    ready: (text) => send(`${statusLine(text)}READY=1\n`),
  }
}
