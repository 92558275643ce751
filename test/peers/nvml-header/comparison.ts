import type { Declarations } from './declarations.js'

/** What need not equal the newest header, each with the reason. */
export interface Exceptions {
  /** Files with layouts that the newest header no longer declares. */
  readonly legacyFiles: readonly string[]
  /** The unversioned symbols of the library keep an old layout; the header declares the newest. */
  readonly legacyFunctions: readonly string[]
  /** Types that are macros or unnamed in the header; their values are still compared. */
  readonly ownTypes: readonly string[]
  /** Members without a type name: compared by place and size. */
  readonly unnamedMembers: readonly string[]
  /** Ends of lists that grow with each header: ours may not be beyond the header's. */
  readonly growing: readonly string[]
  /** Arrays that grow with each header, `struct.member`: everything before them is compared. */
  readonly growingArrays: readonly string[]
  /** Our name for a value that the header has under another. */
  readonly renamed: (name: string) => string
}

/**
 * A C++ file that compiles only where our declarations equal those of NVIDIA's header: each
 * difference is one failed static assertion that names it. Both can be in one file because ours are
 * in a namespace. What both define as C functions or macros is renamed, or taken, before NVIDIA's
 * header comes in.
 */
export function writeComparison(ours: Declarations, exceptions: Exceptions): string {
  const { functions, constants, handles } = ours
  const enums = ours.enums.filter((name) => !exceptions.ownTypes.includes(name))
  const structs = ours.structs.filter(({ file }) => !exceptions.legacyFiles.includes(file))
  const lines = [
    ...functions.map((name) => `#define ${name} our_${name}`),
    '#include "nvml/abi.h"',
    ...functions.map((name) => `using our_type_of_${name} = decltype(nvml_abi::${name});`),
    ...functions.map((name) => `#undef ${name}`),
    ...constants.map(
      (name) => `constexpr auto our_${name} = (unsigned long long)nvml_abi::${name};`,
    ),
    '#define NVML_NO_UNVERSIONED_FUNC_DEFS 1',
    '#include <nvml.h>',
    '#include <type_traits>',
    officialTypes,
    ...handles.map((name) =>
      official(`std::remove_pointer_t<nvml_abi::${name}>`, `std::remove_pointer_t<::${name}>`),
    ),
    ...enums.map((name) => official(`nvml_abi::${name}`, `::${name}`)),
    ...structs.map(({ name }) => official(`nvml_abi::${name}`, `::${name}`)),
  ]
  for (const name of enums) lines.push(...sameSize(name))
  for (const { name, fields } of structs) {
    const grows = exceptions.growingArrays.some((member) => member.startsWith(`${name}.`))
    if (!grows) lines.push(...sameSize(name))
    for (const field of fields) {
      const member = `${name}.${field}`
      lines.push(
        check(`offsetof(nvml_abi::${name}, ${field}) == offsetof(::${name}, ${field})`, member),
      )
      const [mine, theirs] = [
        `decltype(nvml_abi::${name}::${field})`,
        `decltype(::${name}::${field})`,
      ]
      if (exceptions.growingArrays.includes(member)) {
        const element = (array: string): string => `std::remove_extent_t<${array}>`
        lines.push(sameType(element(mine), element(theirs), member))
      } else if (exceptions.unnamedMembers.includes(member)) {
        lines.push(check(`sizeof(${mine}) == sizeof(${theirs})`, member))
      } else {
        lines.push(sameType(mine, theirs, member))
      }
    }
  }
  for (const name of constants) {
    const theirs = `(unsigned long long)(${exceptions.renamed(name)})`
    const relation = exceptions.growing.includes(name) ? '<=' : '=='
    lines.push(check(`our_${name} ${relation} ${theirs}`, name))
  }
  for (const name of functions) {
    // An exception that is none must not stay in the list.
    const legacy = exceptions.legacyFunctions.includes(name)
    const same = `std::is_same_v<Official<our_type_of_${name}>::type, decltype(::${name})>`
    lines.push(check(legacy ? `!${same}` : same, name))
  }
  return `${lines.join('\n')}\n`
}

const officialTypes = `
template <class T> struct Official { using type = T; };
template <class T> struct Official<T*> { using type = typename Official<T>::type*; };
template <class T> struct Official<const T> { using type = const typename Official<T>::type; };
template <class T, std::size_t N> struct Official<T[N]> { using type = typename Official<T>::type[N]; };
template <class R, class... A> struct Official<R(A...)> {
  using type = typename Official<R>::type(typename Official<A>::type...);
};`

function official(mine: string, theirs: string): string {
  return `template <> struct Official<${mine}> { using type = ${theirs}; };`
}

function sameSize(name: string): readonly string[] {
  return ['sizeof', 'alignof'].map((measure) =>
    check(`${measure}(nvml_abi::${name}) == ${measure}(::${name})`, `${measure} ${name}`),
  )
}

function sameType(mine: string, theirs: string, what: string): string {
  return check(`std::is_same_v<Official<${mine}>::type, ${theirs}>`, what)
}

function check(condition: string, what: string): string {
  return `static_assert(${condition}, "${what}");`
}
