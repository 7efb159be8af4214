import assert from "node:assert/strict"
import { test } from "node:test"
import { ApiError } from "../src/api.ts"
import { duration, isWithheld, remaining, telephone } from "../src/format.ts"
import { en } from "../src/i18n/en.ts"
import { id } from "../src/i18n/id.ts"
import { errorText, thirdText } from "../src/i18n/messages.ts"

test("durations", () => {
  const shown = [-3, 0, 7.9, 60, 723, 3723].map(duration)
  assert.deepEqual(shown, ["0:00", "0:00", "0:07", "1:00", "12:03", "1:02:03"])
})

test("what is left is 0 only when the time is over", () => {
  assert.deepEqual([remaining(10, -20.1), remaining(10, 9.1), remaining(10, 10), remaining(10, 12)], [30, 1, 0, 0])
})

test("telephone numbers are grouped, anything else is left alone", () => {
  const numbers = ["+6281234567890", "081234567890", "+62215551234", "02512345678", "112", "2001", "anonymous", ""]
  const grouped = ["+62 812 3456 7890", "0812 3456 7890", "+62 21 555 1234", "0251 234 5678", "112", "2001", "anonymous", ""]
  assert.deepEqual(numbers.map(telephone), grouped)
})

test("a word in place of a number says that it is withheld, anything else is shown", () => {
  const sent = ["", "anonymous", "Unknown", "restricted", "+62811", "112", "<img>", "unknown person"]
  assert.deepEqual(sent.map(isWithheld), [true, true, true, true, false, false, false, false])
})

test("both languages say everything", () => {
  assert.deepEqual(Object.keys(en).sort(), Object.keys(id).sort())
  for (const said of [...Object.values(id), ...Object.values(en)]) assert.ok(typeof said === "function" || said.trim())
})

test("how far a third party is, is said in words, with the network's number", () => {
  const said = (state: string, sip_status = 0) => thirdText({ party: "damkar", state, sip_status })
  assert.equal(said("rings"), id.third_rings)
  assert.equal(said("unconfirmed"), id.third_unconfirmed)
  assert.equal(said("busy", 486), `${id.result_busy} (486)`)
  assert.equal(said("refused", 404), `${id.third_not_found} (404)`)
  assert.equal(said("not_confirmed"), id.result_not_confirmed)
})

test("errors are said in the page's language, unknown ones in the server's words", () => {
  assert.equal(errorText(new ApiError("too_many_tries", "", "", 29.2)), "Terlalu banyak percobaan. Tunggu 30 detik.")
  assert.equal(errorText(new ApiError("odd", "This is odd.", "Do that.")), "This is odd. Do that.")
  assert.equal(errorText(new ApiError("odd")), id.err_server_failed)
})
