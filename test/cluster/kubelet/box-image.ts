import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The image of every container here: the host's busybox, with what scripts of the tests call. */
export const boxImage = 'localhost/mig-nvml/box:test'

const programs = ['cat', 'env', 'ls', 'mv', 'sh', 'sleep', 'stat', 'true']

/** Writes the image as an archive in OCI's layout, and returns its path. No registry has part in it. */
export function writeBoxImage(folder: string): string {
  const root = join(folder, 'image-root')
  for (const part of ['bin', 'dev', 'etc', 'proc', 'sys', 'tmp'])
    mkdirSync(join(root, part), { recursive: true })
  const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim()
  copyFileSync(busybox, join(root, 'bin/busybox'))
  for (const program of programs) symlinkSync('busybox', join(root, 'bin', program))

  const layout = join(folder, 'image')
  const blobs = join(layout, 'blobs/sha256')
  mkdirSync(blobs, { recursive: true })
  const add = (mediaType: string, content: Buffer): Descriptor => {
    const digest = createHash('sha256').update(content).digest('hex')
    writeFileSync(join(blobs, digest), content)
    return { mediaType, digest: `sha256:${digest}`, size: content.length }
  }
  const addJson = (mediaType: string, content: object): Descriptor =>
    add(mediaType, Buffer.from(JSON.stringify(content)))

  const archive = join(folder, 'layer.tar')
  execFileSync('tar', ['--numeric-owner', '-cf', archive, '-C', root, '.'])
  const layer = add('application/vnd.oci.image.layer.v1.tar', readFileSync(archive))
  const config = addJson('application/vnd.oci.image.config.v1+json', {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Entrypoint: ['/bin/sleep', 'infinity'], Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  })
  const manifest = addJson('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: [layer],
  })
  const annotations = { 'io.containerd.image.name': boxImage }
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] }
  writeFileSync(join(layout, 'index.json'), JSON.stringify(index))
  writeFileSync(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  const image = join(folder, 'image.tar')
  execFileSync('tar', ['-cf', image, '-C', layout, '.'])
  return image
}

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}
