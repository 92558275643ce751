const words: Readonly<Record<string, string>> = {
  Array: 'a list',
  Object: 'a mapping',
  undefined: 'nothing',
}

/** What was given in place of what is wanted, as a person would say it: `not a list`. */
export function otherThan({ received }: { readonly received: string }): string {
  return `not ${words[received] ?? received}`
}
