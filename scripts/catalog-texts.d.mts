/** The files of catalog/ as dist/ has them, file by file. */
export function catalogTexts(): Readonly<Record<'mig-gpus.json' | 'assumed.json', string>>
