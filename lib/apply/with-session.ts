import type { DriverOptions } from '../../types/options.js'
import { type DriverSession, openSession } from '../driver/session.js'

/** Opens the driver for the duration of one piece of work. */
export async function withSession<T>(
  options: DriverOptions,
  work: (session: DriverSession) => Promise<T>,
): Promise<T> {
  const session = await openSession(options)
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}
