/** The operator's page. */

import { CallPanel } from "./CallPanel.tsx"
import { Colleagues } from "./Colleagues.tsx"
import { Incident, worksOnSomething } from "./Incident.tsx"
import { Presence } from "./Presence.tsx"
import { Queue } from "./Queue.tsx"

export function Desk() {
  const works = worksOnSomething()
  return (
    <main class={`desk ${works ? "works" : ""}`}>
      <Presence />
      <CallPanel />
      {works && <Incident />}
      <Queue />
      <Colleagues />
    </main>
  )
}
