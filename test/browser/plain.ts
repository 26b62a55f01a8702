// Before each file on a plain page: it is one, so memory is not shared and there is one thread.

if (crossOriginIsolated)
  throw new Error('expected a page that is not cross-origin isolated, got one that is')
