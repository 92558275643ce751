import { describe, expect, test } from 'vitest'
import { createBox, type Runtime } from './box.js'
import { isMissing } from './parts.js'

describe.each(['runc', 'crun'] satisfies Runtime[])('podman with %s', (runtime) => {
  test.skipIf(isMissing(`podman with ${runtime}`))('a container runs', async () => {
    using box = createBox(runtime)
    expect((await box.run([], 'ls /dev')).stdout).toContain('null')
  })
})
