/** Where a caller is, from what the network says: SIP headers, one a line. */

const POINT = /\bgeo:(-?\d{1,3}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)(?:[^>\s]*?;u=(\d+(?:\.\d+)?))?/i
/** RFC 7315: the identity of a cell, as each kind of network calls it. */
const CELL = /\b(?:utran-cell-id-3gpp|cgi-3gpp|ci-3gpp2|utran-sai-3gpp)="?([\w-]{4,60})/i

export type Place =
  | { readonly kind: "point"; readonly latitude: number; readonly longitude: number; readonly radiusM: number | null }
  | { readonly kind: "cell"; readonly cell: string }
  | { readonly kind: "other"; readonly text: string }

/** What is said, best first. 0, 0 is no place, but what machines say that know none. */
export function places(said: string): Place[] {
  const order = { point: 0, cell: 1, other: 2 }
  const found = said.split("\n").filter(Boolean).map(place)
  return found.sort((a, b) => order[a.kind] - order[b.kind])
}

function place(line: string): Place {
  const [, latitude, longitude, radius] = POINT.exec(line) ?? []
  const point = { latitude: Number(latitude), longitude: Number(longitude) }
  const isSomewhere = latitude !== undefined && (point.latitude !== 0 || point.longitude !== 0)
  if (isSomewhere && Math.abs(point.latitude) <= 90 && Math.abs(point.longitude) <= 180) {
    return { kind: "point", ...point, radiusM: radius === undefined ? null : Math.round(Number(radius)) }
  }
  const cell = CELL.exec(line)?.[1]
  if (cell !== undefined) return { kind: "cell", cell }
  return { kind: "other", text: line }
}
