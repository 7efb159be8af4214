import assert from "node:assert/strict"
import { test } from "node:test"
import { places } from "../src/location.ts"

test("a point, with how far it may be off, and a cell", () => {
  const said = "P-Access-Network-Info: 3GPP-E-UTRAN-FDD; utran-cell-id-3gpp=510010001000101\nGeolocation: <geo:-6.914744,107.60981;u=35>"
  assert.deepEqual(places(said), [
    { kind: "point", latitude: -6.914744, longitude: 107.60981, radiusM: 35 },
    { kind: "cell", cell: "510010001000101" },
  ])
  assert.deepEqual(places("Geolocation: <geo:-6.9,107.6>"), [
    { kind: "point", latitude: -6.9, longitude: 107.6, radiusM: null },
  ])
  assert.deepEqual(places("Geolocation: <geo:-6.9,107.6;crs=wgs84;u=12.6>")[0], {
    kind: "point", latitude: -6.9, longitude: 107.6, radiusM: 13,
  })
})

test("what is no place on earth is shown as it came", () => {
  for (const text of ["Geolocation: <geo:0,0;u=5>", "Geolocation: <geo:91,10>", "Geolocation: <cid:a@b>", "X: geo:,"]) {
    assert.deepEqual(places(text), [{ kind: "other", text }])
  }
  assert.deepEqual(places(""), [])
})
