/** The fields of the incident's form. */

import type { EmergencyType, FormField } from "../contract.ts"

/** Those that every type has, in the order in which they stand. */
export const BEFORE = ["address", "landmark", "district", "what"] as const
export const AFTER = ["hurt", "dangers", "notes"] as const
export type EveryForms = (typeof BEFORE | typeof AFTER)[number]

export const YES_NO = ["yes", "no"] as const

export interface Further {
  readonly fields: readonly FormField[]
  /** Fields that were written in and that the city has no longer: to be read, not to be written in. */
  readonly gone: readonly string[]
}

/** The type's fields, then those of other types in which something was written before the type was another one. */
export function further(
  types: readonly EmergencyType[], type: string | null, written: ReadonlyMap<string, string>,
): Further {
  const shown = new Map((types.find((one) => one.type === type)?.form ?? []).map((field) => [field.name, field]))
  for (const field of types.flatMap((one) => one.form)) {
    if (written.has(field.name) && !shown.has(field.name)) shown.set(field.name, field)
  }
  const every = new Set<string>([...BEFORE, ...AFTER])
  const gone = [...written.keys()].filter((name) => !shown.has(name) && !every.has(name))
  return { fields: [...shown.values()], gone }
}

/** What can be chosen, with its label: nothing, the options, and what was chosen or written before these were there. */
export function choices(
  options: readonly (readonly [string, string])[], chosen: string,
): readonly (readonly [string, string])[] {
  const known = options.some(([value]) => value === chosen) || chosen === ""
  return [["", "–"], ...options, ...(known ? [] : [[chosen, chosen] as const])]
}
