import type { GpuUuid } from '../../../types/model/state.js'
import type { NativeSession } from '../native-session.js'

/** NVML_FI_DEV_IS_RESETLESS_MIG_SUPPORTED, from R535 on. */
const resetlessMig = 184
/** NVML_DEVICE_ARCH_HOPPER */
const hopper = 9

/**
 * Whether this GPU changes its MIG mode by a reset: Ampere does, Hopper and later do not (MIG User
 * Guide). Taken to be so where the driver does not tell.
 */
export function changesModeByReset(native: NativeSession, gpu: GpuUuid): Promise<boolean> {
  return native.run(async (addon, session) => {
    const fields = await addon.deviceGetFieldValues(session, gpu, [resetlessMig])
    const [field] = fields.ok ? fields.value : []
    if (field?.ret === 0 && field.value !== null) return Number(field.value) === 0
    const architecture = await addon.deviceGetArchitecture(session, gpu)
    return !architecture.ok || architecture.value < hopper
  })
}
