import assert from "node:assert/strict"
import { test } from "node:test"
import type { EmergencyType, FormField } from "../src/contract.ts"
import { inLanguage } from "../src/i18n/city.ts"
import { drafts } from "../src/work/drafts.ts"
import { choices, further } from "../src/work/form.ts"
import { AGAIN_MS, PAUSE_MS, type Saved, Saver } from "../src/work/saver.ts"

const field = (name: string): FormField => ({ name, label: { id: name }, kind: "text", options: {} })
const type = (name: string, ...form: FormField[]): EmergencyType => ({ type: name, label: name, form, questions: {}, agency: "" })
const types = [type("medical", field("breathing"), field("age")), type("fire", field("trapped"), field("age"))]
const names = (of: string | null, written: Readonly<Record<string, string>> = {}) => {
  const more = further(types, of, new Map(Object.entries(written)))
  return [more.fields.map((one) => one.name), more.gone]
}

test("the form has the fields of its type", () => {
  assert.deepEqual(names("fire"), [["trapped", "age"], []])
  assert.deepEqual(names(null), [[], []])
  assert.deepEqual(names("flood"), [[], []])
})

test("what was written in another type's field stays, once, and can still be changed", () => {
  assert.deepEqual(names("fire", { breathing: "no", age: "60", address: "Jl. Mawar" }), [["trapped", "age", "breathing"], []])
  assert.deepEqual(names("fire", { breathing: "" }), [["trapped", "age", "breathing"], []])
})

test("what was written in a field that the city has no longer can be read", () => {
  assert.deepEqual(names("fire", { colour: "merah", notes: "x" }), [["trapped", "age"], ["colour"]])
})

test("nothing can be chosen, and what was chosen before the options were others is still there", () => {
  const options = [["a", "A"], ["b", "B"]] as const
  assert.deepEqual(choices(options, "b").map(([value]) => value), ["", "a", "b"])
  assert.deepEqual(choices(options, "c"), [["", "–"], ...options, ["c", "c"]])
})

test("the city's texts are said in the page's language, or in the first that there is", () => {
  assert.equal(inLanguage({ id: "Sadar", en: "Conscious" }, "en"), "Conscious")
  assert.equal(inLanguage({ id: "Sadar" }, "en"), "Sadar")
  assert.equal(inLanguage({}, "en"), undefined)
})

/** A browser's storage, a server that refuses one text and does not answer to another, and timers run by hand. */
function given() {
  const kept = new Map<string, string>()
  const sent: string[] = []
  const states: Saved[] = []
  const timers = new Map<() => void, number>()
  const shelf = {
    get length() {
      return kept.size
    },
    key: (index: number) => [...kept.keys()][index] ?? null,
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  }
  const saver = new Saver({
    shelf,
    send: async (_incident, field, text) => {
      sent.push(`${field}=${text}`)
      if (text === "gone" || text === "away") throw new Error(text)
    },
    later: (run, ms) => {
      timers.set(run, ms)
      return () => void timers.delete(run)
    },
    isRefusal: (error) => error instanceof Error && error.message === "gone",
    told: (state) => states.push(state),
  })
  const elapse = async () => {
    const due = [...timers.keys()]
    timers.clear()
    for (const run of due) run()
    await new Promise(setImmediate)
  }
  return { saver, sent, states, elapse, waits: () => [...timers.values()], left: () => [...drafts(shelf, "i1")] }
}

test("what is typed is kept at once, and saved a moment after the last letter", async () => {
  const { saver, sent, states, elapse, waits, left } = given()
  saver.typed("i1", "address", "Jl")
  saver.typed("i1", "address", "Jl. Mawar")
  assert.deepEqual([left(), waits()], [[["address", "Jl. Mawar"]], [PAUSE_MS]])
  await elapse()
  assert.deepEqual([sent, left(), states.at(-1)], [["address=Jl. Mawar"], [], "saved"])
})

test("what cannot be sent is kept, and sent again", async () => {
  const { saver, states, elapse, waits, left } = given()
  saver.typed("i1", "what", "away")
  await elapse()
  assert.deepEqual([left(), waits(), states.at(-1)], [[["what", "away"]], [AGAIN_MS], "failed"])
})

test("what is refused is kept and not sent again, until something else is chosen", async () => {
  const { saver, states, elapse, waits, left } = given()
  saver.typed("i1", "district", "gone")
  await elapse()
  assert.deepEqual([left(), waits(), states.at(-1)], [[["district", "gone"]], [], "refused"])
  saver.typed("i1", "what", "Asap")
  await elapse()
  assert.equal(states.at(-1), "refused")
  saver.typed("i1", "district", "Benda")
  await elapse()
  assert.deepEqual([left(), states.at(-1)], [[], "saved"])
})

test("when another incident is worked on, what was refused of the last one is not told of it", async () => {
  const { saver, states, elapse, left } = given()
  saver.typed("i1", "district", "gone")
  await elapse()
  saver.begins()
  assert.deepEqual([left(), states.at(-1)], [[["district", "gone"]], "saved"])
})
