// Takes a picture of the top of a page: "node screenshot.mjs PAGE PICTURE [WIDTH [HEIGHT]]", with playwright-core in
// $BCLASS_BROWSER and Chromium as $CHROMIUM or /usr/bin/chromium.
import {createRequire} from 'node:module';
import {resolve} from 'node:path';
import {pathToFileURL} from 'node:url';

const {chromium} = createRequire(import.meta.url)(resolve(process.env.BCLASS_BROWSER, 'playwright-core'));
const [page, picture, width = 1400, height = 1500] = process.argv.slice(2);
const browser = await chromium.launch({executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox']});
const tab = await browser.newPage({viewport: {width: Number(width), height: Number(height)}});
await tab.goto(pathToFileURL(resolve(page)).href);
await tab.waitForFunction(() => document.querySelector('input[type=range]')?.max > 0);
await tab.waitForTimeout(500);
await tab.screenshot({path: picture});
await browser.close();
