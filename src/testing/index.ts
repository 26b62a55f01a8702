// The public entry point tapegrad/testing: re-exports, nothing else.
export {}
