/** The operator's page. */

import { CallPanel } from "./CallPanel.tsx"
import { Colleagues } from "./Colleagues.tsx"
import { Presence } from "./Presence.tsx"
import { Queue } from "./Queue.tsx"
import { Softphone } from "./Softphone.tsx"

export function Desk() {
  return (
    <>
      <main class="desk">
        <Presence />
        <CallPanel />
        <Queue />
        <Colleagues />
      </main>
      <Softphone />
    </>
  )
}
