/* The page of a report. All text that comes from outside is put into text nodes and attributes only. */
'use strict';

(async () => {
    const byId = (id) => document.getElementById(id);
    const json = (id) => JSON.parse(byId(id).textContent);

    /* ---- data ---- */

    const toBytes = (base64) => {
        if (Uint8Array.fromBase64 !== undefined)
            return Uint8Array.fromBase64(base64);
        const binary = atob(base64);
        const bytes = new Uint8Array(binary.length);
        for (let i = 0; i < binary.length; i++)
            bytes[i] = binary.charCodeAt(i);
        return bytes;
    };

    const inflate = async (base64) => {
        const stream = new Blob([toBytes(base64)]).stream().pipeThrough(new DecompressionStream('deflate'));
        return new Uint8Array(await new Response(stream).arrayBuffer());
    };

    const low = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1; /* word order of this machine */

    /* The inverse of bc_block_rising: sums of differences, in words of 32 bits. */
    const readRising = async (base64) => {
        const planes = await inflate(base64);
        const count = planes.length / 8;
        const values = new Float64Array(count);
        const words = new Uint32Array(values.buffer);
        const [a, b, c, d, e, f, g, h] = Array.from({length: 8}, (_, i) => planes.subarray(i * count, (i + 1) * count));
        let lower = 0, upper = 0;
        for (let i = 0; i < count; i++) {
            const sum = lower + ((a[i] | b[i] << 8 | c[i] << 16 | d[i] << 24) >>> 0);
            lower = sum >>> 0;
            upper = (upper + (e[i] | f[i] << 8 | g[i] << 16 | h[i] << 24) + (sum > 0xffffffff ? 1 : 0)) >>> 0;
            const negative = upper < 0x80000000;
            words[2 * i + low] = negative ? ~lower : lower;
            words[2 * i + 1 - low] = negative ? ~upper : upper ^ 0x80000000;
        }
        return values;
    };

    const readCounts = async (base64) => {
        const planes = await inflate(base64);
        const count = planes.length / 4;
        const numbers = new Uint32Array(count);
        for (let i = 0; i < count; i++)
            numbers[i] = planes[i] | planes[count + i] << 8 | planes[2 * count + i] << 16 |
                planes[3 * count + i] << 24;
        return numbers;
    };

    /* From each value up: how many there are. */
    const fromTop = (counts) => {
        const sums = new Float64Array(counts.length + 1);
        for (let i = counts.length - 1; i >= 0; i--)
            sums[i] = sums[i + 1] + counts[i];
        return sums;
    };

    const lowerBound = (values, value) => {
        let first = 0, end = values.length;
        while (first < end) {
            const middle = (first + end) >>> 1;
            if (values[middle] < value)
                first = middle + 1;
            else
                end = middle;
        }
        return first;
    };

    const readSide = async (stored, about) => {
        const values = await readRising(stored.values);
        const positives = fromTop(await readCounts(stored.positives));
        const negatives = fromTop(await readCounts(stored.negatives));
        const sums = async (name, counts) =>
            stored[name] === undefined ? counts : (await readRising(stored[name])).reverse();
        return {
            ...about, values, positives, negatives,
            positiveSums: await sums('positiveSums', positives),
            negativeSums: await sums('negativeSums', negatives),
        };
    };

    /* The values from `index` on are called positive. */
    const confusion = (side, index) => {
        const tp = side.positiveSums[index], fp = side.negativeSums[index];
        return {tp, fp, fn: side.positiveSums[0] - tp, tn: side.negativeSums[0] - fp};
    };

    /* ---- between scores and logits, as the program does ---- */

    const sigmoid = (z) => {
        if (z >= 0)
            return 1 / (1 + Math.exp(-z));
        const e = Math.exp(z);
        return e / (1 + e);
    };

    const logit = (p) => {
        if (p <= 0)
            return -Infinity;
        if (p >= 1)
            return Infinity;
        return p > 0.25 && p < 0.75 ? Math.log1p((2 * p - 1) / (1 - p)) : Math.log(p / (1 - p));
    };

    const facts = json('facts');
    const toScore = (value) => facts.logits ? sigmoid(value) : value;
    const toLogit = (value) => facts.logits ? value : logit(value);
    const fromScore = (score) => facts.logits ? logit(score) : score;

    const nextAbove = (value) => {
        const bits = new BigInt64Array(1), number = new Float64Array(bits.buffer);
        if (value === 0)
            return Number.MIN_VALUE;
        number[0] = value;
        bits[0] += value > 0 ? 1n : -1n;
        return number[0];
    };

    /* The cutoff between two neighbours, as bc_pick_set chooses it. */
    const between = (lower, upper) => {
        if (!Number.isFinite(lower) && !Number.isFinite(upper))
            return lower < upper ? 0 : upper;
        if (upper === Infinity)
            return nextAbove(lower);
        const sum = lower + upper;
        const middle = lower === -Infinity ? upper : Number.isFinite(sum) ? sum / 2 : lower / 2 + upper / 2;
        return middle > lower && middle <= upper ? middle : upper;
    };

    /* ---- making elements ---- */

    /* What would not show, or would turn the rest of a line round. */
    const visible = (text) => text.replace(/[\u0000-\u001f\u007f]/g,
        (c) => c === '\u007f' ? '\u2421' : String.fromCharCode(0x2400 + c.charCodeAt(0)))
        .replace(/[\u0080-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '\ufffd');

    const make = (name, attributes, ...children) => {
        const element = document.createElement(name);
        for (const [key, value] of Object.entries(attributes || {})) {
            if (key === 'on')
                element.addEventListener('click', value);
            else if (value !== false && value !== null && value !== undefined)
                element.setAttribute(key, value);
        }
        element.append(...children.filter((child) => child !== null));
        return element;
    };

    const named = (text) => make('bdi', {}, visible(text));

    const makeSvg = (name, attributes) => {
        const element = document.createElementNS('http://www.w3.org/2000/svg', name);
        for (const [key, value] of Object.entries(attributes))
            element.setAttribute(key, value);
        return element;
    };

    const share = (value, decimals = 3) => Number.isFinite(value) ? value.toFixed(decimals) : 'NA';
    const count = (value) => Number.isInteger(value) ? value.toLocaleString('en-US')
        : value.toLocaleString('en-US', {maximumFractionDigits: 3});

    /* ---- measures ---- */

    const fbeta = (of, beta) => {
        const b = beta * beta, all = (1 + b) * of.tp + b * of.fn + of.fp;
        return of.tp + of.fn > 0 ? (1 + b) * of.tp / all : NaN;
    };

    const ratio = (part, whole) => whole > 0 ? part / whole : NaN;

    /* Wilson 1927, 95 %. */
    const interval = (part, whole) => {
        if (!(whole > 0))
            return null;
        const z = 1.959963984540054, z2 = z * z, p = part / whole;
        const middle = (p + z2 / (2 * whole)) / (1 + z2 / whole);
        const half = z / (1 + z2 / whole) * Math.sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole));
        return [part === 0 ? 0 : middle - half, part === whole ? 1 : middle + half];
    };

    const measure = (of, costs) => {
        const all = of.tp + of.fp + of.fn + of.tn;
        return {
            precision: ratio(of.tp, of.tp + of.fp),
            recall: ratio(of.tp, of.tp + of.fn),
            specificity: ratio(of.tn, of.tn + of.fp),
            f1: fbeta(of, 1),
            f2: fbeta(of, 2),
            flagged: ratio(1000 * (of.tp + of.fp), all),
            cost: of.fn * costs.fn + of.fp * costs.fp,
            costPer1000: ratio(1000 * (of.fn * costs.fn + of.fp * costs.fp), all),
        };
    };

    /* ---- what is known from the start ---- */

    const positive = facts.positive === null ? 'positive' : facts.positive;
    const negative = facts.negative === null ? 'negative' : facts.negative;

    const trouble = (message) => {
        byId('trouble').textContent = message;
        byId('trouble').hidden = false;
    };

    document.title = `${visible(facts.title)} - bclass report`;
    const baseName = facts.title.replace(/\/+$/, '').replace(/^.*\//, '');
    byId('title').firstChild.textContent = visible(baseName === '' ? facts.title : baseName);
    byId('program').textContent = `Made by ${facts.program}. This file holds all it shows and asks the network for nothing.`;
    for (const element of document.querySelectorAll('.positive-name'))
        element.textContent = visible(positive);
    for (const [, , text] of facts.warnings)
        byId('warnings').querySelector('ul').append(make('li', {}, visible(text)));
    byId('warnings').hidden = facts.warnings.length === 0;
    for (const svg of document.querySelectorAll('figure > svg'))
        svg.before(make('figcaption', {}, svg.querySelector('title').textContent +
            (svg.id === 'chart-histogram-logit' ? ', by logit' : '')));

    byId('training-section').hidden = byId('training-section').querySelector('svg') === null;

    if (typeof DecompressionStream === 'undefined') {
        trouble('This browser is too old to unpack the data of this page. Curves and texts are here all the same.');
        return;
    }

    const storedCurves = json('curves');
    const sides = await Promise.all(facts.sides.map((about, i) => readSide(storedCurves[i], about)));
    const [chosen] = sides;
    const steps = chosen.values.length;
    const pictures = json('pictures');
    for (const item of pictures.items)
        item.value = Number(item.value); /* infinite ones are words */
    const paths = json('paths');

    byId('summary').append(
        'Finds ', make('strong', {}, named(positive)), ' among ', named(negative), ': ',
        ...sides.flatMap((side, i) => [i > 0 ? ', and ' : '', `AUROC ${share(side.auroc ?? NaN)} on `,
            side.name === 'all' ? 'all ' : '', `${count(side.positives[0] + side.negatives[0])} items`,
            ...(side.name === 'all' ? [] : [' of ', named(side.name)])]), '. ',
        make('span', {class: 'quiet'}, 'Scores from ', named(facts.file), '.'));

    /* ---- the cutoff ---- */

    const slider = byId('cutoff'), scoreField = byId('score');
    const fields = {fn: byId('cost-fn'), fp: byId('cost-fp')};
    const state = {cutoff: 0, index: 0, side: 0, more: {}};

    /* What is no cost counts as none, and is marked. */
    const costIn = (field) => {
        const cost = Number(field.value), fits = field.value.trim() !== '' && cost >= 0 && cost <= 1e12;
        field.setAttribute('aria-invalid', String(!fits));
        return fits ? cost : 0;
    };
    const costs = () => ({fn: costIn(fields.fn), fp: costIn(fields.fp)});
    const indexIn = (side, cutoff) => lowerBound(side.values, cutoff);

    /* The score with as few digits as decide the same on all rows; null where none does. */
    const shortScore = (cutoff) => {
        const exact = toScore(cutoff);
        for (let digits = 2; digits <= 17; digits++) {
            const text = String(Number(exact.toPrecision(digits)));
            const again = fromScore(Number(text));
            if (sides.every((side) => indexIn(side, again) === indexIn(side, cutoff)) && Number(text) <= 1)
                return text;
        }
        return null;
    };

    const plateau = (index) => {
        const lower = index > 0 ? chosen.values[index - 1] : null;
        const upper = index < steps ? chosen.values[index] : null;
        if (lower === null)
            return 'at or below all scores';
        if (upper === null)
            return 'above all scores';
        for (let digits = 4; digits <= 17; digits++) {
            const [from, to] = [lower, upper].map((value) => toScore(value).toFixed(digits));
            if (from !== to)
                return `between scores ${from} and ${to}`;
        }
        return `between logits ${toLogit(lower)} and ${toLogit(upper)}`;
    };

    const cutoffAt = (index) => between(index > 0 ? chosen.values[index - 1] : -Infinity,
                                        index < steps ? chosen.values[index] : Infinity);

    const describe = (cutoff) => {
        const text = shortScore(cutoff);
        return text === null ? `logit ${toLogit(cutoff).toPrecision(4)}` : text;
    };

    /* ---- both sides ---- */

    const rowsOfMeasures = [
        ['precision', 'Precision', (m) => share(m.precision), (of) => interval(of.tp, of.tp + of.fp)],
        ['recall', 'Recall', (m) => share(m.recall), (of) => interval(of.tp, of.tp + of.fn)],
        ['specificity', 'Specificity', (m) => share(m.specificity), (of) => interval(of.tn, of.tn + of.fp)],
        ['f1', 'F1', (m) => share(m.f1)],
        ['f2', 'F2', (m) => share(m.f2)],
        ['flagged', 'Flagged per 1,000', (m) => share(m.flagged, 1)],
        ['cost', 'Cost per 1,000', (m) => share(m.costPer1000, 1)],
    ];

    const headingOf = (i) => i === 1 ? 'only reports: the cutoff is not chosen here'
        : sides.length > 1 ? 'choose the cutoff here'
        : chosen.name === 'test' ? 'test rows: where a cutoff is chosen on them, none are left to report on' : 'choose here, and mind that it is measured here too';

    const makeSide = (side, i) => {
        const cell = (key, words, wrong) => {
            const number = make('b', {'data-count': key});
            return make('td', {class: wrong ? 'wrong' : null}, number, make('small', {}, words));
        };
        const body = make('div', {class: 'body'},
            make('table', {class: 'confusion'},
                make('caption', {class: 'unseen'}, `Confusion matrix of ${side.name}`),
                make('thead', {}, make('tr', {}, make('th', {scope: 'col'}, ''),
                    make('th', {scope: 'col'}, 'called ', named(positive)),
                    make('th', {scope: 'col'}, 'called ', named(negative)))),
                make('tbody', {},
                    make('tr', {}, make('th', {scope: 'row'}, 'is ', named(positive)), cell('tp', 'caught'),
                        cell('fn', 'missed', true)),
                    make('tr', {}, make('th', {scope: 'row'}, 'is ', named(negative)),
                        cell('fp', 'false alarms', true), cell('tn', 'left alone')))),
            make('table', {class: 'measures'}, make('caption', {class: 'unseen'}, `Measures of ${side.name}, and their 95 % intervals`),
                make('tbody', {}, ...rowsOfMeasures.map(([key, name]) => make('tr', {},
                    make('th', {scope: 'row'}, name), make('td', {'data-measure': key}), make('td', {'data-range': key}))))));
        const colour = side.name === 'test' ? 'test' : 'chosen';
        side.card = make('article', {class: `card side ${colour}`, 'data-side': side.name},
            make('h3', {}, make('span', {class: 'tag'}, visible(side.name)),
                make('span', {class: 'quiet'}, headingOf(i))),
            body,
            make('div', {class: 'lists'},
                make('button', {type: 'button', 'data-list': 'fn', on: () => download(i, true)}),
                make('button', {type: 'button', 'data-list': 'fp', on: () => download(i, false)})),
            make('p', {class: 'quiet', 'data-list-note': ''}));
        side.line = make('span', {class: colour},
            make('span', {class: 'tag'}, visible(side.name)),
            make('span', {}, 'recall ', make('b', {'data-short': 'recall'})),
            make('span', {}, 'precision ', make('b', {'data-short': 'precision'})),
            make('span', {class: 'wide'}, 'flagged ', make('b', {'data-short': 'flagged'})));
        byId('sides').append(side.card);
        byId('readout').append(side.line);
        side.cells = {};
        for (const name of ['count', 'measure', 'range', 'list', 'short']) {
            for (const element of [...side.card.querySelectorAll(`[data-${name}]`),
                                   ...side.line.querySelectorAll(`[data-${name}]`)])
                side.cells[name + element.dataset[name]] = element;
        }
    };

    const showSide = (side, i) => {
        const index = indexIn(side, state.cutoff), of = confusion(side, index), found = measure(of, costs());
        for (const key of ['tp', 'fp', 'fn', 'tn']) {
            side.cells[`count${key}`].textContent = count(of[key]);
            side.cells[`count${key}`].dataset.exact = String(of[key]);
        }
        for (const [key, , print, ends] of rowsOfMeasures) {
            const range = ends !== undefined && !side.weighted ? ends(of) : null;
            side.cells[`measure${key}`].textContent = print(found);
            side.cells[`range${key}`].textContent = range === null ? '' : `${share(range[0])} to ${share(range[1])}`;
        }
        side.cells.shortrecall.textContent = share(found.recall);
        side.cells.shortprecision.textContent = share(found.precision);
        side.cells.shortflagged.textContent = `${share(found.flagged, 0)} of 1,000`;
        side.found = {...of, ...found};
        const missed = side.positives[0] - side.positives[index], alarms = side.negatives[index];
        showList(side.cells.listfn, missed, paths[i].positives, 'missed');
        showList(side.cells.listfp, alarms, paths[i].negatives, 'false alarms');
        const cut = missed > paths[i].positives.count || alarms > paths[i].negatives.count;
        side.card.querySelector('[data-list-note]').textContent = cut
            ? `Of ${side.name} this page has the names of the ${count(paths[i].positives.count)} lowest positives and of the ` +
              `${count(paths[i].negatives.count)} highest negatives; 'bclass sweep' has all.` : '';
    };

    const showList = (button, rows, list, words) => {
        const there = Math.min(rows, list.count);
        button.textContent = there < rows ? `Download the worst ${count(there)} of ${count(rows)} ${words} (CSV)`
            : `Download ${count(rows)} ${words} (CSV)`;
        button.disabled = there === 0;
    };

    /* ---- lists to download ---- */

    const quote = (bytes) => {
        if (!bytes.some((byte) => byte === 34 || byte === 44 || byte === 10 || byte === 13))
            return bytes;
        const quoted = [34];
        for (const byte of bytes)
            quoted.push(...(byte === 34 ? [34, 34] : [byte]));
        quoted.push(34);
        return new Uint8Array(quoted);
    };

    /* The names are bytes, which need not be UTF-8, and go out as they came in. */
    const listRows = async (i, misses) => {
        const side = sides[i], list = misses ? paths[i].positives : paths[i].negatives;
        if (list.bytes === undefined)
            list.bytes = await inflate(list.names);
        const index = indexIn(side, state.cutoff);
        const above = misses ? side.positives : side.negatives;
        const rows = Math.min(misses ? above[0] - above[index] : above[index], list.count);
        const encoder = new TextEncoder(), parts = [encoder.encode('path,label,score,logit\n')];
        let group = misses ? 0 : side.values.length - 1, start = 0;
        for (let row = 0; row < rows; row++) {
            /* the row-th from below, or from above */
            if (misses)
                while (above[0] - above[group + 1] <= row)
                    group++;
            else
                while (above[group] <= row)
                    group--;
            const end = list.bytes.indexOf(0, start), value = side.values[group];
            parts.push(quote(list.bytes.subarray(start, end)),
                encoder.encode(`,${misses ? 1 : 0},${toScore(value)},${toLogit(value)}\n`));
            start = end + 1;
        }
        return parts;
    };

    const download = async (i, misses) => {
        const parts = await listRows(i, misses);
        const url = URL.createObjectURL(new Blob(parts, {type: 'text/csv'}));
        const link = make('a', {href: url, download: `${sides[i].name}-${misses ? 'missed' : 'false-alarms'}.csv`});
        document.body.append(link);
        link.click();
        link.remove();
        setTimeout(() => URL.revokeObjectURL(url), 10000);
    };

    /* ---- command lines ---- */

    const copy = async (text, button) => {
        try {
            await navigator.clipboard.writeText(text);
        } catch {
            const area = make('textarea', {class: 'unseen'}, text);
            document.body.append(area);
            area.select();
            document.execCommand('copy');
            area.remove();
        }
        button.textContent = 'Copied';
        setTimeout(() => { button.textContent = 'Copy'; }, 1500);
    };

    const commands = {};
    const makeCommand = (key, words) => {
        const code = make('code', {});
        const button = make('button', {type: 'button', 'aria-label': `Copy: ${words}`,
                                       on: () => copy(code.textContent, button)}, 'Copy');
        commands[key] = {code, row: make('div', {class: 'command'}, make('span', {}, words), code, button)};
        byId('commands').append(commands[key].row);
    };

    const showCommand = (key, words) => {
        commands[key].row.hidden = words === null;
        commands[key].code.textContent = words === null ? '' : words;
    };

    const showCommands = () => {
        const {cutoff} = state;
        const score = shortScore(cutoff);
        const scoreFits = facts.logits ? Number.isFinite(cutoff) : cutoff >= 0 && cutoff <= 1;
        const at = facts.logits ? `--at-logit=${cutoff}` : `--at=${cutoff}`;
        showCommand('sweep', facts.sweepWords === null || !scoreFits ? null : `${facts.sweepWords} ${at}`);
        showCommand('save', commands.sweep.row.hidden || facts.cutoffFile === null ? null
            : `${facts.sweepWords} ${at} --save ${facts.cutoffFile}`);
        const kept = commands.save.row.hidden ? null : facts.cutoffFile; /* where no short score decides alike */
        showCommand('predict', facts.predictWords === null || (score ?? kept) === null ? null
            : `${facts.predictWords} PICTURES --cutoff ${score ?? kept}`);
    };

    /* ---- pictures ---- */

    const stateWords = {gone: 'no longer there', damaged: 'cannot be read', shown: 'left out, to keep the page small'};

    /* The last folder and the name, which may stand on two lines. */
    const shortPath = (path) => {
        const parts = path.split('/').map((part) => {
            const characters = [...part];
            return characters.length <= 28 ? part
                : `${characters.slice(0, 12).join('')}\u2026${characters.slice(-12).join('')}`;
        });
        return parts.length < 2 ? parts : [`${parts.length > 2 ? '\u2026/' : ''}${parts.at(-2)}/`, make('wbr'), parts.at(-1)];
    };

    /* wrong: whether the label is to stand out */
    const makePicture = (item, wrong, extra) => {
        const frame = item.jpeg === undefined ? make('div', {class: 'frame'}, pictures.named ? stateWords[item.state] : 'no picture')
            : make('div', {class: 'frame'}, make('img', {
                src: `data:image/jpeg;base64,${item.jpeg}`, alt: '',
                class: item.width <= 64 && item.height <= 64 ? 'small' : null,
            }));
        const path = visible(item.path);
        return make('figure', {class: 'picture', title: path},
            frame,
            make('figcaption', {}, make('b', {}, share(toScore(item.value), 4)), ' ',
                make('span', {class: wrong ? 'wrong' : null},
                    extra === undefined ? 'is ' : 'labelled ', named(item.positive ? positive : negative)), extra || '',
                make('bdi', {class: 'path'}, ...shortPath(path))));
    };

    const strips = {};
    const makeStrip = (key, heading) => {
        const grid = make('div', {class: 'gallery'}), text = make('h3', {}, ...heading);
        const more = make('button', {type: 'button', on: () => {
            state.more[key] = !state.more[key];
            showPictures();
        }});
        strips[key] = {grid, more, key: '', number: make('span', {class: 'quiet'})};
        byId('pictures-shown').append(make('div', {class: 'strip', 'data-strip': key},
            make('div', {class: 'row'}, make('div', {}, text, strips[key].number), more), grid));
    };

    const fewPictures = 12, manyPictures = 120;

    const fillStrip = (key, items, words) => {
        const strip = strips[key];
        const shown = items.slice(0, state.more[key] ? manyPictures : fewPictures);
        const wanted = shown.map((item) => `${item.number}${item.value >= state.cutoff}`).join();
        strip.number.textContent = words;
        strip.more.hidden = items.length <= fewPictures;
        strip.more.textContent = state.more[key] ? 'Fewer' : `Show ${Math.min(items.length, manyPictures)}`;
        if (strip.wanted === wanted)
            return;
        strip.wanted = wanted;
        strip.grid.replaceChildren(...shown.map((item) => makePicture(item, (item.value >= state.cutoff) !== item.positive)));
    };

    const distance = (value) => Math.abs(value - state.cutoff);

    const nearest = (items) => {
        const list = [];
        let right = lowerBound(items.map((item) => item.value), state.cutoff), left = right - 1;
        while (list.length < manyPictures && (left >= 0 || right < items.length)) {
            const takeLeft = right >= items.length ||
                (left >= 0 && distance(items[left].value) < distance(items[right].value));
            list.push(takeLeft ? items[left--] : items[right++]);
        }
        return list;
    };

    const showPictures = () => {
        if (pictures.items.length === 0)
            return;
        const side = sides[state.side], sorted = side.pictures;
        const misses = sorted.filter((item) => item.positive && item.value < state.cutoff);
        const alarms = sorted.filter((item) => !item.positive && item.value >= state.cutoff).reverse();
        const index = indexIn(side, state.cutoff);
        const of = (shown, all) => `${count(shown)} of ${count(all)}${shown < all ? ' are in this page' : ''}`;
        fillStrip('misses', misses, of(misses.length, side.positives[0] - side.positives[index]));
        fillStrip('alarms', alarms, of(alarms.length, side.negatives[index]));
        fillStrip('near', nearest(sorted), 'of the pictures in this page');
    };

    const tellPictures = () => {
        const number = (state) => pictures.items.filter((item) => item.state === state).length;
        const all = sides.reduce((sum, side) => sum + side.positives[0] + side.negatives[0], 0);
        const shown = pictures.items.filter((item) => item.jpeg !== undefined).length;
        const rest = number('shown') - shown, gone = number('gone'), damaged = number('damaged');
        const kinds = 'the worst mistakes, those around the cutoffs above, and some of all scores';
        const moved = "'bclass report --data DIR' says where they are now.";
        byId('pictures-shown').classList.toggle('bare', shown === 0);
        byId('suspects-shown').classList.toggle('bare', shown === 0);
        byId('picture-count').textContent = !pictures.named
            ? `The scores do not say which pictures they are of (there is no column path). Of ${count(all)} items these are ${kinds}.`
            : shown === 0 && gone > 0 && damaged === 0
                ? `The pictures are no longer where the scores say; ${moved} Of ${count(all)} items these are ${kinds}.`
                : (shown === all ? `This page has the pictures of all ${count(all)} items.`
                    : `This page has pictures of ${count(shown)} of ${count(all)} items: ${kinds}.`) +
                  (gone > 0 ? ` ${count(gone)} more are no longer where the scores say; ${moved}` : '') +
                  (damaged > 0 ? ` ${count(damaged)} cannot be read.` : '') +
                  (rest > 0 ? ` ${count(rest)} were left out to keep the page small.` : '');
    };

    const makePictures = () => {
        byId('pictures-section').hidden = pictures.items.length === 0;
        pictures.items.forEach((item, number) => { item.number = number; });
        sides.forEach((side, i) => {
            side.pictures = pictures.items.filter((item) => item.side === i).sort((a, b) => a.value - b.value);
            if (sides.length > 1) {
                const input = make('input', {type: 'radio', name: 'picture-side', value: i, checked: i === 0 ? '' : null});
                input.addEventListener('change', () => {
                    state.side = i;
                    showPictures();
                });
                byId('picture-side').append(make('label', {}, input, ' ', named(side.name)));
            }
        });
        makeStrip('misses', ['Missed: ', named(positive), ' below the cutoff, the lowest first']);
        makeStrip('alarms', ['False alarms: ', named(negative), ' at the cutoff or above, the highest first']);
        makeStrip('near', ['Nearest to the cutoff']);
        tellPictures();
    };

    const makeSuspects = () => {
        byId('suspects-section').hidden = pictures.suspects.length === 0;
        byId('suspects-text').textContent = 'Their label is the one the scores contradict most: either the network is ' +
            'wrong, or the label is. They do not depend on the cutoff.' + (sides.length < 2 ? ''
            : ' Check labels of test without a look at the score: a test whose labels follow the network flatters it.');
        byId('suspects-shown').append(...pictures.suspects.map((suspect) => {
            const item = pictures.items[suspect.picture];
            return makePicture(item, true, make('span', {class: 'path'}, 'looks like ', named(item.positive ? negative : positive),
                `, of ${sides[item.side].name}`));
        }));
    };

    /* ---- the cutoff on the curves ---- */

    const place = (data, axis, value) => {
        const [lowEnd, highEnd, from, to] = axis === 'x'
            ? [data.xLow, data.xHigh, data.left, data.right] : [data.yLow, data.yHigh, data.bottom, data.top];
        const part = (Math.min(Math.max(value, lowEnd), highEnd) - lowEnd) / (highEnd - lowEnd);
        return Number(from) + part * (to - from);
    };

    const curvePoint = (side, quantity) => quantity === 'fpr' ? 1 - side.found.specificity : side.found[quantity];

    const showOnChart = (svg) => {
        const data = svg.dataset, cursor = svg.querySelector('.cursor');
        if (data.x === 'score' || data.x === 'logit') {
            const x = place(data, 'x', data.x === 'score' ? toScore(state.cutoff) : toLogit(state.cutoff));
            cursor.replaceChildren(makeSvg('line', {x1: x, x2: x, y1: data.top, y2: data.bottom}));
        } else if (data.x === 'recall' || data.x === 'fpr') {
            cursor.replaceChildren(...sides.map((side, i) => {
                const x = place(data, 'x', curvePoint(side, data.x)), y = place(data, 'y', curvePoint(side, data.y));
                if (Number.isNaN(x) || Number.isNaN(y))
                    return '';
                return i === 0 ? makeSvg('circle', {cx: x, cy: y, r: 6.5, class: 'mark role-chosen'})
                    : makeSvg('path', {d: `M${x - 7} ${y}l7 -7 7 7 -7 7z`, class: 'mark role-test'});
            }));
        }
    };

    const charts = [...document.querySelectorAll('svg.chart')];

    /* ---- changes ---- */

    const say = (() => {
        let timer = 0;
        return (text) => {
            clearTimeout(timer);
            timer = setTimeout(() => { byId('live').textContent = text; }, 500);
        };
    })();

    const showCutoff = () => {
        const score = shortScore(state.cutoff);
        if (document.activeElement !== scoreField)
            scoreField.value = score === null ? (state.index === steps ? 'none' : describe(state.cutoff)) : score;
        scoreField.removeAttribute('aria-invalid');
        byId('logit').textContent = Number.isFinite(toLogit(state.cutoff)) ? `logit ${toLogit(state.cutoff).toFixed(4)}` : '';
        byId('plateau').textContent = `step ${count(state.index)} of ${count(steps)}, ${plateau(state.index)}`;
        slider.value = state.index;
        for (const button of byId('buttons').children)
            button.setAttribute('aria-pressed', String(button.cutoff === state.cutoff));
    };

    const showAll = () => {
        showCutoff();
        sides.forEach(showSide);
        const words = sides.map((side) => `${side.name}: recall ${share(side.found.recall, 3)}, precision ${share(side.found.precision, 3)}`);
        slider.setAttribute('aria-valuetext', `cutoff ${describe(state.cutoff)}; ${words.join('; ')}`);
        if (document.activeElement !== slider) /* which says so itself */
            say(`Cutoff ${describe(state.cutoff)}. ${words.join('. ')}.`);
        showCommands();
        charts.forEach(showOnChart);
        showPictures();
    };

    let waiting = false;
    const goTo = (cutoff) => {
        state.cutoff = cutoff;
        state.index = indexIn(chosen, cutoff);
        if (waiting)
            return;
        waiting = true;
        requestAnimationFrame(() => {
            waiting = false;
            showAll();
        });
    };

    /* Of equally good cutoffs the one with the higher recall, then with fewer false alarms, as 'sweep --cost'. */
    const cheapest = () => {
        const {fn, fp} = costs();
        let best = null;
        for (let i = steps; i >= 0; i--) {
            const of = confusion(chosen, i), cost = of.fn * fn + of.fp * fp;
            if (best === null || cost < best.cost || (cost === best.cost && of.tp > best.tp))
                best = {cost, tp: of.tp, index: i};
        }
        goTo(cutoffAt(best.index));
    };

    /* Of the items at each place of the slider, how many are positive: what a cutoff has to part. */
    const makeRail = () => {
        const bins = Math.min(steps, 240), height = 20, points = [];
        for (let bin = 0; bin < bins; bin++) {
            const from = Math.floor(steps * bin / bins), to = Math.floor(steps * (bin + 1) / bins);
            const positives = chosen.positives[from] - chosen.positives[to];
            const part = ratio(positives, positives + chosen.negatives[from] - chosen.negatives[to]);
            const y = height * (1 - part);
            points.push(`${bin} ${y} ${bin + 1} ${y}`);
        }
        const svg = makeSvg('svg', {viewBox: `0 0 ${Math.max(bins, 1)} ${height}`, preserveAspectRatio: 'none'});
        svg.append(makeSvg('path', {d: `M0 ${height} ${points.join(' ')} ${bins} ${height}z`}));
        byId('rail').append(svg);
    };

    const makeButtons = () => {
        const notes = [];
        for (const cutoff of facts.cutoffs) {
            const value = cutoff.value === null ? NaN : Number(cutoff.value), there = !Number.isNaN(value);
            const same = !there ? '' : describe(value);
            const button = make('button', {type: 'button', 'data-cutoff': cutoff.id, disabled: there ? null : '',
                                           title: cutoff.note, on: () => goTo(value)},
                visible(cutoff.label), there && cutoff.label !== same ? `: ${same}` : '');
            button.cutoff = value;
            byId('buttons').append(button);
            if (cutoff.note !== '')
                notes.push(`${cutoff.label}: ${cutoff.note}.`);
            if (there) {
                const tick = make('span', {title: cutoff.label, 'data-kind': cutoff.id});
                tick.style.left = `${100 * indexIn(chosen, value) / Math.max(steps, 1)}%`;
                byId('ticks').append(tick);
            }
        }
        byId('notes').textContent = visible(notes.join(' '));
    };

    const readScore = () => {
        const text = scoreField.value.trim(), score = Number(text.replace(',', '.'));
        const fits = text !== '' && score >= 0 && score <= 1;
        if (fits)
            goTo(fromScore(score));
        else
            scoreField.setAttribute('aria-invalid', 'true');
    };

    const listen = () => {
        slider.addEventListener('input', () => goTo(cutoffAt(Number(slider.value))));
        scoreField.addEventListener('input', readScore);
        scoreField.addEventListener('blur', showCutoff);
        scoreField.addEventListener('keydown', (event) => {
            if (event.key === 'Enter')
                slider.focus(); /* whose arrows go on from there */
        });
        for (const field of Object.values(fields))
            field.addEventListener('input', () => goTo(state.cutoff));
        byId('cheapest').addEventListener('click', cheapest);
    };

    /* ---- tables ---- */

    const makeTable = (heading, head, rows) => make('div', {class: 'card'}, make('h3', {}, heading),
        make('table', {}, make('thead', {}, make('tr', {}, ...head.map((text) => make('th', {scope: 'col'}, text)))),
            make('tbody', {}, ...rows.map(([first, ...rest]) => make('tr', {},
                make('th', {scope: 'row'}, first), ...rest.map((text) => make('td', {}, text)))))));

    const makeTables = () => {
        const column = (print) => sides.map(print);
        byId('tables').append(
            makeTable('The scores as a whole', ['', ...column((side) => named(side.name))], [
                ['AUROC', ...column((side) => share(side.auroc))],
                ['its 95 % interval', ...column((side) => side.aurocLow === null ? 'NA'
                    : `${share(side.aurocLow)} to ${share(side.aurocHigh)}`)],
                ['Average precision', ...column((side) => share(side.averagePrecision ?? NaN))],
                ['Log loss', ...column((side) => side.logLoss === 'Infinity' ? 'infinite' : share(side.logLoss ?? NaN, 4))],
                ['Brier score', ...column((side) => share(side.brier ?? NaN, 4))],
                ['Calibration error (ECE)', ...column((side) => share(side.calibrationError ?? NaN, 4))],
            ]),
            makeTable('How the items are split', ['', named(positive), named(negative), 'no label'],
                facts.splits.filter((split) => split.name !== 'train' || facts.trained === null).map((split) => [named(split.name === '' ? 'no split stated' : split.name), count(split.positives),
                    count(split.negatives), count(split.unlabelled)]).concat(facts.trained === null ? []
                    : [['train, without scores', count(facts.trained[0]), count(facts.trained[1]), '0']])));
        for (const section of new Set(facts.facts.map(([name]) => name))) {
            byId('facts-shown').append(make('div', {class: 'card'}, make('h3', {}, section), make('dl', {},
                ...facts.facts.filter(([name]) => name === section).flatMap(([, name, value]) => [
                    make('dt', {}, visible(name)), make('dd', {}, name === 'command' ? make('code', {}, visible(value)) : named(value))]))));
        }
    };

    /* ---- start ---- */

    slider.max = steps > 0 && chosen.values[steps - 1] === Infinity ? steps - 1 : steps; /* which is called in any case */
    byId('low-end').append('\u2190 all are called ', named(positive));
    byId('high-end').append('none is \u2192');
    sides.forEach(makeSide);
    makeCommand('sweep', 'In a terminal');
    makeCommand('save', 'Keep it in a file');
    makeCommand('predict', 'On new pictures');
    makeRail();
    makeButtons();
    makePictures();
    makeSuspects();
    makeTables();
    listen();
    const start = facts.cutoffs[facts.start].value;
    state.cutoff = Number(start);
    state.index = indexIn(chosen, state.cutoff);
    showAll();
    document.documentElement.dataset.ready = 'yes';
})().catch((error) => {
    const trouble = document.getElementById('trouble');
    trouble.textContent = `This page could not be shown: ${error.message}`;
    trouble.hidden = false;
});
