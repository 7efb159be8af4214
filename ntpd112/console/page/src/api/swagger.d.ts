declare module "swagger-ui-dist/swagger-ui-bundle.js" {
  interface Options {
    readonly url: string
    readonly dom_id: string
    readonly deepLinking: boolean
    readonly docExpansion: "list" | "full" | "none"
    readonly defaultModelsExpandDepth: number
    readonly displayRequestDuration: boolean
    readonly queryConfigEnabled: boolean
    readonly validatorUrl: string | null
  }
  export default function show(options: Options): unknown
}
