/** What the wall watches. */

import { computed, signal } from "@preact/signals"
import type { WallTold } from "../contract.ts"
import { lost } from "../connection.ts"
import { heardAt } from "./state.ts"

export const wall = signal<WallTold | null>(null)

/** Whether what is told of the room is how it is now, and not how it was. */
export const isLive = computed(() => wall.value !== null && wall.value.serves && !lost.value)

export function toldWall(message: WallTold): void {
  heardAt(message.now)
  wall.value = message
}

export function forgetWall(): void {
  wall.value = null
}
