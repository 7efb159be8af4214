/** The API's description, for people: Swagger UI over `openapi.json`, all of it from here. */

import show from "swagger-ui-dist/swagger-ui-bundle.js"

show({
  url: "/api/v1/openapi.json",
  dom_id: "#api",
  // A link within a button can be told apart neither by ear nor by finger.
  deepLinking: false,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // Neither this page nor its address may bring in another description, and nobody else is told of ours.
  queryConfigEnabled: false,
  validatorUrl: null,
})
