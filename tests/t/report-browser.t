#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier report --format html, in a real browser

Chromium is driven by WebDriver (https://www.w3.org/TR/webdriver2/) through curl. With
FARRIER_SCREENSHOTS=DIR, pictures to look at are left there.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

BROWSER=$(mktemp -d "${TMPDIR:-/tmp}/farrier-browser-XXXXXX")
cleanup "rm -rf '$BROWSER'"
runs () {
	perl "$FARRIER_SOURCE/tests/standin/runs" "$@"
}

if ! command -v chromedriver >/dev/null || ! command -v chromium >/dev/null; then
	echo '# SKIPPED: no chromium; as root: apt-get install chromium chromium-driver' >&2
elif ! start_browser; then
	echo '# SKIPPED: chromium does not start:' >&2
	tail -n 5 "$BROWSER/log" >&2
else
	test_set_prereq BROWSER
fi

HOSTILE='</script></title></style>"'"'"'><img src=x onerror="document.title='"'PWNED'"'"><svg onload=alert(1)>'

test_expect_success 'setup: a good run, a hostile one after it, and the report of each' '
	farrier -q init ws &&
	runs ws 1 && farrier -C ws report --format html -o "$PWD/good.html" &&
	runs ws 2 branches=5 bad=1 not-built=2 undecided=3 infra=4 waiting=5 hostile=1 "text=$HOSTILE" &&
	test_expect_code 1 farrier -C ws report --format html -o "$PWD/hostile.html"
'

test_expect_success 'without a browser: the page is one file that names no other' '
	! grep -Eio "(src|href)=\"?(https?:|//|file:)[^ >]*" good.html &&
	! grep -Ei "@import|url\(" good.html &&
	grep -q "Content-Security-Policy.*default-src .none." good.html &&
	! grep -Eq " (style|on[a-z]+)=" good.html
'

test_expect_success 'without a browser: no text from outside is markup' '
	test $(grep -c "<script" hostile.html) = 1 && test $(grep -c "</script" hostile.html) = 1 &&
	! grep -q "<img" hostile.html && ! grep -q "<svg onload" hostile.html &&
	! LC_ALL=C tr -d "\11\12\40-\176\200-\377" <hostile.html | grep -q . &&
	iconv -f UTF-8 -t UTF-8 hostile.html >/dev/null
'

test_expect_success BROWSER 'the page opens, complains of nothing, and asks for nothing' '
	post se/log "{\"type\":\"performance\"}" >/dev/null &&
	open_page good.html &&
	js "return document.querySelector(\"h1\").innerText" >title &&
	echo "ev7-ipi fixes the bug on all 4 branches" >expected && test_cmp expected title &&
	complaints >complaints && test_must_be_empty complaints &&
	post se/log "{\"type\":\"performance\"}" |
		jq -r ".[].message | fromjson.message | select(.method == \"Network.requestWillBeSent\").params.request.url" |
		sort -u >requests &&
	sed -e "/^file:.*good\.html$/d" -e "/^data:,$/d" requests >others && test_must_be_empty others &&
	test -s requests
'

cat >policy.js <<\EOS
const refused = new Promise((resolve) =>
	document.addEventListener("securitypolicyviolation", (e) => resolve(e.effectiveDirective), { once: true }));
const script = document.createElement("script");
script.textContent = "window.ran = true";
document.body.append(script);
return refused.then((directive) => `${directive} ran=${window.ran ?? false}`);
EOS
cat >fetch.js <<\EOS
return fetch("http://127.0.0.1:9/").then(() => "fetched", () => "refused");
EOS
test_expect_success BROWSER 'what would be a script in it does not run, and nothing is fetched' '
	open_page good.html &&
	echo "script-src-elem ran=false" >expected && js_file policy.js >actual && test_cmp expected actual &&
	echo refused >expected && js_file fetch.js >actual && test_cmp expected actual &&
	complaints | grep -q "connect-src\|default-src"
'

cat >links.js <<\EOS
const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
const wrong = ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `twice: ${id}`);
for (const link of document.querySelectorAll("a[href]")) {
	const href = link.getAttribute("href");
	if (!href.startsWith("#") || !ids.includes(href.slice(1)))
		wrong.push(`nowhere: ${href}`);
}
// a cell of the matrix and the section that it leads to say the same
for (const slot of document.querySelectorAll(".matrix a.slot")) {
	const cell = document.getElementById(slot.hash.slice(1)).closest("details.cell");
	const row = slot.closest("tr").querySelector("th");
	const branch = (slot.closest("tbody").querySelector("th[scope=rowgroup]") ?? row).firstChild.data.trim();
	const config = row.textContent.startsWith("its own") || row.matches(".branch") ? "" : row.textContent;
	const words = (root) => [".state", ".count"].map((s) => root.querySelector(s)?.textContent).join();
	const heading = cell.parentElement.querySelector("h3");
	const ok = words(slot) === words(cell.querySelector("summary")) && heading.textContent === branch &&
		cell.querySelector(".name").textContent.endsWith(config);
	if (!ok)
		wrong.push(`not the same: ${slot.hash}`);
}
return wrong.join("\n") + `${document.querySelectorAll(".matrix a.slot").length} slots`;
EOS
test_expect_success BROWSER 'every link leads where it says' '
	open_page good.html &&
	echo "36 slots" >expected && js_file links.js >actual && test_cmp expected actual &&
	open_page hostile.html &&
	echo "45 slots" >expected && js_file links.js >actual && test_cmp expected actual
'

opened='return [...document.querySelectorAll("details.cell[open]")].map((c) => c.querySelector(".body").id).join()'
test_expect_success BROWSER 'a click on a cell of the matrix opens its section, and a link from outside too' '
	open_page good.html &&
	js "$opened" >actual && echo >expected && test_cmp expected actual &&
	click ".matrix a.slot[href=\"#cell/linux-6.1.y/series/on/branch/clipper/4\"]" &&
	js "$opened" >actual && echo cell/linux-6.1.y/series/on/branch/clipper/4 >expected && test_cmp expected actual &&
	js "return document.activeElement.tagName + (document.activeElement.getBoundingClientRect().top < innerHeight)" >actual &&
	echo SUMMARYtrue >expected && test_cmp expected actual &&
	open_page good.html && post url "{\"url\":\"about:blank\"}" >/dev/null &&
	open_page good.html "#cell/mainline/base/off/branch/clipper/2" &&
	js "$opened" >actual && echo cell/mainline/base/off/branch/clipper/2 >expected && test_cmp expected actual
'

focused='const a = document.activeElement; return (a.getAttribute("href") ?? a.id ?? "") + (a.matches("summary") ? "summary of " + a.nextElementSibling.id : "")'
test_expect_success BROWSER 'arrows walk in the matrix, Enter opens, Escape closes and comes back' '
	open_page good.html &&
	js "document.querySelector(\".matrix a.slot\").focus()" >/dev/null &&
	keys Right Down Down Left Up Right &&
	js "$focused" >actual && echo "#cell/linux-5.10.y/series/on/no-csd-debug/clipper/2" >expected && test_cmp expected actual &&
	keys Enter && js "$focused" >actual &&
	echo "summary of cell/linux-5.10.y/series/on/no-csd-debug/clipper/2" >expected && test_cmp expected actual &&
	js "return document.querySelector(\"a.slot[href=\\\"#cell/linux-5.10.y/series/on/no-csd-debug/clipper/2\\\"]\").ariaExpanded" >actual &&
	echo true >expected && test_cmp expected actual &&
	keys Escape && js "$focused" >actual && js "$opened" >>actual &&
	printf "#cell/linux-5.10.y/series/on/no-csd-debug/clipper/2\n\n" >expected && test_cmp expected actual
'

test_expect_success BROWSER 'the tab key comes by the skip link, the parts, the colours, and once by each matrix' '
	open_page good.html && keys Tab && js "$focused" >actual &&
	js "return document.activeElement.getBoundingClientRect().left >= 0" >>actual &&
	printf "#headline\ntrue\n" >expected && test_cmp expected actual &&
	keys Enter && js "$focused" >actual && echo headline >expected && test_cmp expected actual &&
	open_page good.html && : >actual &&
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do
		keys Tab && js "$focused" >>actual || return 1
	done &&
	cat >expected <<-\EOF &&
	#headline
	#matrix
	#changes
	#rates
	#cells
	#kernels
	#time
	theme-auto
	#time

	#cell/linux-5.10.y/base/on/branch/clipper/2

	#cell/linux-5.10.y/base/off/branch/clipper/2
	EOF
	test_cmp expected actual
'

cat >outline.js <<\EOS
const style = getComputedStyle(document.activeElement);
return `${style.outlineStyle} ${parseFloat(style.outlineWidth) >= 2}`;
EOS
test_expect_success BROWSER 'who walks by keyboard sees where he is' '
	open_page good.html && echo "solid true" >expected &&
	keys Tab Tab && js_file outline.js >actual && test_cmp expected actual &&
	js "document.querySelector(\".matrix a.slot\").focus()" >/dev/null && keys Right &&
	js_file outline.js >actual && test_cmp expected actual &&
	keys Enter && js_file outline.js >actual && test_cmp expected actual
'

state='return document.querySelectorAll("details.cell")[2].open + " " + document.querySelectorAll("details.cell .body")[2].checkVisibility()'
test_expect_success BROWSER 'sections and logs fold and unfold, by click and by key' '
	open_page good.html && js "$state" >actual &&
	click "#cells details:nth-of-type(3) > summary" && js "$state" >>actual &&
	keys Space && js "$state" >>actual && keys Enter && js "$state" >>actual &&
	printf "%s\n" "false false" "true true" "false false" "true true" >expected && test_cmp expected actual &&
	log="return document.querySelectorAll(\"details.cell\")[2].querySelector(\"tr.cause\").checkVisibility()" &&
	js "$log" >actual && click "details.cell[open] details.log > summary" && js "$log" >>actual &&
	printf "false\ntrue\n" >expected && test_cmp expected actual &&
	click "#open-all" && js "return document.querySelectorAll(\"details.cell[open]\").length" >actual &&
	click "#close-all" && js "return document.querySelectorAll(\"details.cell[open]\").length" >>actual &&
	printf "36\n0\n" >expected && test_cmp expected actual
'

test_expect_success BROWSER 'a filter leaves the cells that have its words' '
	open_page good.html && click "#filter" && keys 6 . 1 2 Space o f f &&
	js "return [...document.querySelectorAll(\"details.cell:not([hidden]) .body\")].map((b) => b.id).join() + document.getElementById(\"filtered\").textContent" >actual &&
	echo "cell/linux-6.12.y/base/off/branch/clipper/21 of 36 cells" >expected && test_cmp expected actual &&
	click ".matrix a.slot[href=\"#cell/mainline/series/on/branch/clipper/4\"]" &&
	js "return document.querySelector(\"details.cell[open]\").checkVisibility()" >actual &&
	echo true >expected && test_cmp expected actual
'

test_expect_success BROWSER 'the section of a cell has the evidence, the boots and the commands' '
	open_page good.html "#cell/linux-6.12.y/base/on/branch/clipper/2" &&
	js "return document.querySelector(\"details.cell[open]\").innerText" >text &&
	grep -q "csd-stall, boot 1, line 68" text && grep -q "smp: csd: Detected non-responsive CSD lock" text &&
	grep -q "farrier boot\|farrier run" text && grep -q "0005/console.log" text &&
	grep -q "with ev7-ipi it is clean; together: fixed" text &&
	click "details.cell[open] details.log > summary" &&
	js "return document.querySelector(\"details.cell[open] tr.cause\").innerText" >text &&
	grep -q "^68.*smp: csd: Detected" text &&
	js "return document.querySelectorAll(\"details.cell[open] table.log tr\").length" >actual &&
	echo 18 >expected && test_cmp expected actual
'

ground='return getComputedStyle(document.body).backgroundColor'
test_expect_success BROWSER 'the colours follow the reader, until he chooses; the choice is kept' '
	colours light && open_page good.html && js "$ground" >light &&
	colours dark && js "$ground" >dark && ! test_cmp light dark >/dev/null &&
	click "label[for=theme-light]" && js "$ground" >actual && test_cmp light actual &&
	open_page good.html && js "$ground" >actual && test_cmp light actual &&
	js "document.getElementById(\"theme-light\").focus()" >/dev/null && keys Right &&
	js "$ground" >actual && test_cmp dark actual &&
	colours light && js "$ground" >actual && test_cmp dark actual &&
	click "label[for=theme-auto]" && js "$ground" >actual && test_cmp light actual
'

cat >contrast.js <<\EOS
const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const rgb = (colour) => {
	canvas.clearRect(0, 0, 1, 1);
	canvas.fillStyle = colour;
	canvas.fillRect(0, 0, 1, 1);
	return [...canvas.getImageData(0, 0, 1, 1).data];
};
// WCAG 2, relative luminance
const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
	.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const groundOf = (element) => {
	for (; element; element = element.parentElement) {
		const colour = rgb(getComputedStyle(element).backgroundColor);
		if (colour[3] === 255)
			return colour;
		if (colour[3])
			return [255, 0, 255, 0]; // nothing here is half seen through
	}
	return [255, 255, 255];
};
for (const details of document.querySelectorAll("details"))
	details.open = true;
const bad = new Set();
let seen = 0, least = 21;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
	const element = walker.currentNode.parentElement;
	if (!walker.currentNode.data.trim() || element.closest("script, style, svg, .theme legend, [hidden]"))
		continue;
	const [a, b] = [light(rgb(getComputedStyle(element).color)), light(groundOf(element))];
	const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
	seen++;
	least = Math.min(least, ratio);
	if (ratio < 4.5)
		bad.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
}
return [...bad].join("\n") + (seen > 500 ? "" : "too little text") || "good";
EOS
for scheme in light dark; do
	test_expect_success BROWSER "every word stands out from its ground, $scheme" '
		colours $scheme && echo good >expected &&
		for page in good hostile; do
			open_page $page.html && js_file contrast.js >actual && test_cmp expected actual || return 1
		done
	'
done

cat >shapes.js <<\EOS
const shapes = new Map();
for (const state of document.querySelectorAll(".matrix .state")) {
	const sign = getComputedStyle(state, "::before");
	shapes.set(state.textContent, [sign.clipPath, sign.borderRadius, sign.borderStyle, sign.height].join("|"));
}
const kinds = new Set(shapes.values());
return `${shapes.size} states, ${kinds.size} shapes`;
EOS
test_expect_success BROWSER 'states differ in word and shape, not in colour alone' '
	open_page hostile.html && echo "6 states, 6 shapes" >expected && js_file shapes.js >actual && test_cmp expected actual
'

wide='for (const d of document.querySelectorAll("details")) d.open = true; return document.documentElement.scrollWidth + " " + [...document.querySelectorAll("body *")].filter((e) => !e.closest(".scroll *, svg *, .skip, .theme, table.matrix, table.log") && e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.tagName + "." + e.className).slice(0, 3)'
test_expect_success BROWSER 'a phone of 360 pixels shows it without sideways scrolling' '
	width 360 && echo "360 " >expected &&
	for page in good hostile; do
		open_page $page.html && js "$wide" >actual && test_cmp expected actual || return 1
	done &&
	js "return [...document.querySelectorAll(\"a.slot\")].filter((s) => s.scrollWidth > s.clientWidth).length" >actual &&
	echo 0 >expected && test_cmp expected actual &&
	open_page good.html &&
	js "const t = document.querySelector(\".scroll\"); return t.scrollWidth <= t.clientWidth" >actual &&
	echo true >expected && test_cmp expected actual &&
	width 1280
'

cat >hostile.js <<\EOS
const text = document.querySelector("details.cell tr.cause").closest("table").textContent;
const wanted = ['</td></table></pre></script><script>document.title="PWNED"</script>',
	'<img src=x onerror="document.title=&quot;PWNED&quot;"><svg onload=alert(1)>',
	"]]><!--<style>body{display:none}</style>", "\\x1b[2J\\x1b[31mred", "\\x08\\x08\\x08", "\\x07",
	"bad \\xff\\xfe\\xc0\\xaf \\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80 utf-8", "rtl \\xe2\\x80\\xae gnp.exe",
	"isolate \u05e9\u05dc\u05d5\u05dd", "nul", "the line goes on", "&lt;b&gt; &amp;amp; \"quoted\" 'single'"];
const missing = wanted.filter((part) => !text.includes(part));
const raw = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]/.exec(document.body.innerText.replace(/\r/g, ""));
return [`missing ${missing.length} ${missing.join(" / ")}`, `raw ${raw?.[0].codePointAt(0) ?? "none"}`,
	`scripts ${document.scripts.length}`, `images ${document.images.length}`, `styles ${document.styleSheets.length}`,
	`handlers ${document.querySelectorAll("[onerror], [onload], [onclick]").length}`,
	`ours ${document.title.startsWith("bad: ev7-ipi")}`, `whole ${!!document.querySelector("footer")}`].join("\n");
EOS
test_expect_success BROWSER 'hostile text is text, and all of it is there' '
	open_page hostile.html &&
	cat >expected <<-\EOF &&
	missing 0 
	raw none
	scripts 1
	images 0
	styles 1
	handlers 0
	ours true
	whole true
	EOF
	js_file hostile.js >actual && test_cmp expected actual &&
	complaints >complaints && test_must_be_empty complaints
'

test_expect_success BROWSER 'what changed since the last run is a table that links to the cells' '
	open_page hostile.html &&
	js "return document.querySelector(\"#changes tbody tr\").innerText" >text &&
	grep -q "linux-5.10.y, with ev7-ipi" text && grep -q "clean" text && grep -q "bad" text &&
	open_page good.html && js "return document.querySelector(\"#changes p\").innerText" >text &&
	grep -q "no earlier run" text
'

cat >tables.js <<\EOS
const wrong = [];
for (const th of document.querySelectorAll("th"))
	if (!["col", "row", "colgroup", "rowgroup"].includes(th.scope))
		wrong.push(`th ${th.textContent}`);
for (const region of document.querySelectorAll(".scroll"))
	if (region.tabIndex !== 0 || !region.getAttribute("aria-label"))
		wrong.push("a scroller without a name");
for (const svg of document.querySelectorAll("svg"))
	if (!svg.closest("[aria-hidden=true]") && !svg.getAttribute("aria-label"))
		wrong.push("a picture without words");
let level = 1;
for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
	const next = Number(heading.tagName[1]);
	if (next > level + 1)
		wrong.push(`a level is left out before ${heading.textContent}`);
	level = next;
}
return wrong.slice(0, 5).join("\n") || `${document.documentElement.lang} ${document.querySelectorAll("main").length} main`;
EOS
test_expect_success BROWSER 'who hears the page gets heads of tables, names of regions and levels of headings' '
	echo "en 1 main" >expected &&
	for page in good hostile; do
		open_page $page.html && js_file tables.js >actual && test_cmp expected actual || return 1
	done
'

test_expect_success BROWSER 'without its script the page still opens, folds and changes its colours' '
	cdp Emulation.setScriptExecutionDisabled "{\"value\":true}" &&
	test_when_finished "cdp Emulation.setScriptExecutionDisabled \"{\\\"value\\\":false}\"" &&
	colours light && post url "{\"url\":\"about:blank\"}" >/dev/null &&
	open_page good.html && js "$ground" >light &&
	js "return document.querySelector(\".tools\").hidden" >actual && echo true >expected && test_cmp expected actual &&
	click ".matrix a.slot[href=\"#cell/linux-6.1.y/series/on/branch/clipper/4\"]" &&
	js "$opened" >actual && echo cell/linux-6.1.y/series/on/branch/clipper/4 >expected && test_cmp expected actual &&
	click "label[for=theme-dark]" && js "$ground" >actual && ! test_cmp light actual >/dev/null
'

test_expect_success BROWSER 'pictures of it, when they are wanted' '
	for page in good hostile; do
		for scheme in light dark; do
			for pixels in 360 1280; do
				width $pixels 1600 && colours $scheme && open_page $page.html &&
				picture $page-$scheme-$pixels-answer main && picture $page-$scheme-$pixels-matrix "#matrix" &&
				picture $page-$scheme-$pixels-rates "#rates" && picture $page-$scheme-$pixels-time "#kernels" || return 1
			done
		done
	done && width 1280 && colours light
'

test_expect_success 'setup: 10,000 cells' '
	farrier -q init many &&
	runs many 1 branches=100 configs=25 controls=0 boots=2 logs=0 bad=7 &&
	test_expect_code 1 farrier -C many report --format html -o "$PWD/many.html" &&
	grep -o " id=\"cell/" many.html | wc -l >actual && echo 10000 >expected && test_cmp expected actual &&
	grep -q "only 200 are here" many.html
'

test_expect_success BROWSER 'a report of 10,000 cells opens soon' '
	cdp Performance.enable "{\"timeDomain\":\"threadTicks\"}" && open_page many.html &&
	js "return Math.round(performance.getEntriesByType(\"navigation\")[0].loadEventEnd)" >milliseconds &&
	post goog/cdp/execute "{\"cmd\":\"Performance.getMetrics\",\"params\":{}}" |
		jq ".metrics[] | select(.name == \"TaskDuration\").value * 1000 | round" >cpu &&
	echo "# 10,000 cells: $(wc -c <many.html) bytes, open after $(cat milliseconds) ms, $(cat cpu) ms of them CPU" >&5 &&
	test "$(cat cpu)" -lt 10000 &&
	js "return document.querySelectorAll(\".matrix a.slot\").length" >actual && echo 10000 >expected && test_cmp expected actual &&
	js "return [...document.links].filter((a) => !document.getElementById(a.hash.slice(1))).length" >actual &&
	echo 0 >expected && test_cmp expected actual &&
	click ".matrix a.slot[href=\"#cell/linux-50.y/series/on/config-9/clipper/4\"]" &&
	js "return document.querySelector(\".brief:target\").getBoundingClientRect().top < innerHeight" >actual &&
	echo true >expected && test_cmp expected actual
'

test_done
