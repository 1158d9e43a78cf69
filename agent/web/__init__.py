"""The review page: server-rendered, without a build step, readable and decidable without JavaScript."""
