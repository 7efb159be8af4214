/** Which page is shown: by the address's fragment, as far as the role may see it. */

import { computed, signal } from "@preact/signals"
import type { Session } from "./contract.ts"
import { session } from "./store/state.ts"

export type Page = "desk" | "overview" | "records"

/** The wall has an address of its own: it is shown by whom nobody touches. */
export const isWall = location.pathname.endsWith("/wall")

const asked = signal(location.hash.slice(1))

export const pages = computed(() => pagesOf(session.value))
export const page = computed(() => pages.value.find((each) => each === asked.value) ?? pages.value[0] ?? "desk")

function pagesOf(current: Session | null | "unknown"): Page[] {
  if (!current || current === "unknown") return []
  if (current.role === "wall") return []
  if (current.role === "operator") return ["desk"]
  return current.operator === null ? ["overview", "records"] : ["overview", "desk", "records"]
}

export function followAddress(): void {
  addEventListener("hashchange", () => (asked.value = location.hash.slice(1)))
}
