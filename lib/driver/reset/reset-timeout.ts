/** A reset takes seconds; with NVLink to be trained again, or many GPUs at once, up to a minute or so. */
export const defaultResetTimeoutMs = 300_000
