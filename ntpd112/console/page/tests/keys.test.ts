import assert from "node:assert/strict"
import { test } from "node:test"
import { isTypedInto, meantBy, writes } from "../src/keys.ts"
import { addresses } from "./addresses.ts"

const press = (key: string, more: object = {}) => ({
  key, ctrlKey: false, altKey: false, metaKey: false, shiftKey: false, repeat: false, isComposing: false, ...more,
})

test("nothing of ten thousand addresses is a command, typed into a field or into nothing", () => {
  let typed = 0
  for (const address of addresses(10_000, 112)) {
    for (const letter of address) {
      for (const shiftKey of [false, true]) {
        const key = press(letter === "\n" ? "Enter" : letter, { shiftKey })
        assert.equal(meantBy(key, false) ?? meantBy(key, true), null, address)
        assert.equal(writes(key), letter !== "\n")
      }
      typed++
    }
  }
  assert.ok(typed > 200_000)
})

test("function keys are commands wherever one types, alone or with Shift", () => {
  for (const typing of [false, true]) {
    assert.equal(meantBy(press("F2"), typing), "F2")
    assert.equal(meantBy(press("F9", { shiftKey: true }), typing), "Shift+F9")
  }
})

test("what browsers, Windows and screen readers take is no command", () => {
  for (const key of ["F1", "F3", "F5", "F6", "F7", "F10", "F11", "F12", "Insert", "CapsLock", "Tab", "Enter", "Process"]) {
    assert.equal(meantBy(press(key), false), null)
  }
  for (const modifier of ["ctrlKey", "altKey", "metaKey"]) {
    for (const key of ["F4", "d", "e"]) assert.equal(meantBy(press(key, { [modifier]: true }), false), null)
  }
})

test("a key that is held down, or part of a word that is being composed, is no command again and again", () => {
  assert.equal(meantBy(press("F9", { repeat: true }), false), null)
  assert.equal(meantBy(press("F9", { isComposing: true }), false), null)
})

test("Escape belongs to the field in which one types", () => {
  assert.equal(meantBy(press("Escape"), false), "Escape")
  assert.equal(meantBy(press("Escape"), true), null)
  assert.equal(meantBy(press("Escape", { shiftKey: true }), false), null)
})

test("text fields are typed into, radio buttons are not", () => {
  assert.equal(isTypedInto("INPUT", "text"), true)
  assert.equal(isTypedInto("INPUT"), true)
  assert.equal(isTypedInto("DIV", "", true), true)
  assert.equal(isTypedInto("INPUT", "radio"), false)
  assert.equal(isTypedInto("BUTTON"), false)
})
