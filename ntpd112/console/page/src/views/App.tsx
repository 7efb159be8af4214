import { t } from "../i18n/messages.ts"
import { isWall, page } from "../pages.ts"
import { ownExtension, session } from "../store/state.ts"
import { Desk } from "./Desk.tsx"
import { Header } from "./Header.tsx"
import { Overview } from "./Overview.tsx"
import { SignIn } from "./SignIn.tsx"
import { Softphone } from "./Softphone.tsx"
import { Wall } from "./wall/Wall.tsx"

export function App() {
  if (session.value === "unknown") return <Loading />
  if (session.value === null) return <SignIn />
  if (isWall) return <Wall />
  return (
    <div class="app">
      <Header />
      {page.value === "desk" ? <Desk /> : <Overview />}
      {ownExtension.value !== null && <Softphone />}
    </div>
  )
}

function Loading() {
  return (
    <main class="sign-in">
      <h1>
        <span class="badge">112</span> {t("loading")}
      </h1>
    </main>
  )
}
