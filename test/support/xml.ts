/** An element of an XML document. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** What stands directly in it, with its references resolved. */
  readonly text: string
}

const name = '[A-Za-z_][\\w.:-]*'
const token = new RegExp(
  `<(?:(/)(${name})\\s*|(${name})((?:\\s+${name}="[^"<]*")*)\\s*(/?))>|([^<>]+)`,
  'gy',
)
const references: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' }

/**
 * Reads a document as strictly as XML 1.0 wants it read, of the part of XML that pictures need: elements,
 * attributes in double quotes, text, the predefined references. Throws where it is not well-formed.
 */
export function parseXml(text: string): XmlElement {
  const open: {
    name: string
    attributes: Record<string, string>
    children: XmlElement[]
    text: string
  }[] = [{ name: '', attributes: {}, children: [], text: '' }]
  let end = 0
  for (const match of text.matchAll(token)) {
    const [whole, slash, closing, opening, attributes = '', empty, content] = match
    end = match.index + whole.length
    const parent = open.at(-1)
    if (parent === undefined) throw new Error(`nothing is open at ${match.index}`)
    if (content !== undefined) parent.text += resolve(content)
    if (opening !== undefined) {
      const element = {
        name: opening,
        attributes: readAttributes(attributes),
        children: [],
        text: '',
      }
      parent.children.push(element)
      if (empty === '') open.push(element)
    }
    if (slash !== undefined && open.pop()?.name !== closing)
      throw new Error(`</${closing}> closes another element at ${match.index}`)
  }
  const [document] = open
  if (end !== text.length) throw new Error(`not XML from ${end}: ${text.slice(end, end + 40)}`)
  if (open.length !== 1 || document === undefined) throw new Error('an element is not closed')
  const [root] = document.children
  if (root === undefined || document.children.length !== 1 || document.text.trim() !== '')
    throw new Error('a document has one root and nothing else')
  return root
}

export function descendants(element: XmlElement): readonly XmlElement[] {
  return [element, ...element.children.flatMap(descendants)]
}

export function hasClass({ attributes }: XmlElement, name: string): boolean {
  return (attributes['class'] ?? '').split(' ').includes(name)
}

function readAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const [, key = '', value = ''] of text.matchAll(/([\w.:-]+)="([^"]*)"/g)) {
    if (key in attributes) throw new Error(`${key} stands twice`)
    attributes[key] = resolve(value)
  }
  return attributes
}

function resolve(text: string): string {
  const control = /\p{Cc}/u
  if (control.test(text.replaceAll(/[\t\n\r]/g, ''))) throw new Error('a control character')
  return text.replaceAll(/&([^;]*;?)/g, (whole, reference: string) => {
    const character = references[reference.slice(0, -1)]
    if (!reference.endsWith(';') || character === undefined) throw new Error(`reference ${whole}`)
    return character
  })
}
