// Where Chromium is. No browser is ever downloaded.

export const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
