/** Where a caller is, as the network says. */

import { messages } from "../i18n/messages.ts"
import { type Place, places } from "../location.ts"

export function Location({ said }: { said: string }) {
  return (
    <>
      {places(said).map((place, index) => (
        <bdi key={index} class={index === 0 ? "place" : "place below quiet"}>
          {text(place)}
        </bdi>
      ))}
    </>
  )
}

function text(place: Place): string {
  if (place.kind === "cell") return messages.value.cell(place.cell)
  if (place.kind === "other") return place.text
  const off = place.radiusM === null ? "" : ` ± ${place.radiusM} m`
  return `${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}${off}`
}
