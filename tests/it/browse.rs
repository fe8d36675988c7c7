//! `browse` and `stats` from outside: the server, the pages, and the pages in a Chromium.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::chromium::Chromium;
use crate::outside::{assert_clean, hostile};
use crate::support::Bench;

/// A server of the binary on a free port.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(bench: &Bench, store: &str) -> Self {
        let mut process = bench
            .command(&["browse", "--store", store])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        let output = process.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut address).unwrap();
        Self {
            process,
            address: address.trim().to_owned(),
        }
    }

    /// Host with port, and the path with the token.
    fn parts(&self) -> (&str, &str) {
        let rest = self.address.strip_prefix("http://").unwrap();
        rest.split_at(rest.find('/').unwrap())
    }

    /// The reply to a request with these lines; `HOST` and `TOKEN` stand for the server's own.
    fn ask(&self, lines: &[&str]) -> String {
        let (host, token) = self.parts();
        let head = lines
            .join("\r\n")
            .replace("HOST", host)
            .replace("/TOKEN/", token);
        let mut stream = TcpStream::connect(host).unwrap();
        stream
            .write_all(format!("{head}\r\nConnection: close\r\n\r\n").as_bytes())
            .unwrap();
        // The server keeps a connection that asked for something allowed, so the length says where it ends.
        let mut bytes = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.split("Content-Length: ").nth(1).unwrap();
                let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
                if body.len() >= length {
                    return text;
                }
            }
            let read = stream.read(&mut chunk).unwrap();
            assert!(read > 0, "the reply ends early: {text}");
            bytes.extend_from_slice(&chunk[..read]);
        }
    }

    fn get(&self, path: &str) -> Value {
        let reply = self.ask(&[&format!("GET /TOKEN/{path} HTTP/1.1"), "Host: HOST"]);
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {reply}");
        serde_json::from_str(body).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn built() -> Bench {
    let bench = Bench::new();
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    bench
}

#[test]
fn a_server_answers_its_own_pages_alone_and_writes_nothing() {
    let bench = built();
    let before = std::fs::read(bench.path("a.db")).unwrap();
    let server = Server::start(&bench, "a.db");
    let page = server.ask(&["GET /TOKEN/ HTTP/1.1", "Host: HOST"]);
    assert!(page.starts_with("HTTP/1.1 200 OK"), "{page}");
    assert!(page.contains("Content-Security-Policy: default-src 'none'; script-src 'self'"));
    assert!(page.contains("Referrer-Policy: no-referrer"));
    assert!(!page.contains("Access-Control-Allow"));
    for (status, lines) in [
        (404, &["GET / HTTP/1.1", "Host: HOST"][..]),
        (
            404,
            &[
                "GET /0123456789abcdef0123456789abcdef/ HTTP/1.1",
                "Host: HOST",
            ],
        ),
        (404, &["GET /TOKEN/../a.db HTTP/1.1", "Host: HOST"]),
        (404, &["GET /TOKEN/api/sample/zz HTTP/1.1", "Host: HOST"]),
        (403, &["GET /TOKEN/ HTTP/1.1", "Host: rebound.example"]),
        (
            403,
            &[
                "GET /TOKEN/ HTTP/1.1",
                "Host: HOST",
                "Origin: http://other.example",
            ],
        ),
        (
            403,
            &[
                "GET /TOKEN/ HTTP/1.1",
                "Host: HOST",
                "Sec-Fetch-Site: cross-site",
            ],
        ),
        (405, &["POST /TOKEN/ HTTP/1.1", "Host: HOST"]),
        (405, &["DELETE /TOKEN/api/list HTTP/1.1", "Host: HOST"]),
        (400, &["nonsense"]),
    ] {
        let reply = server.ask(lines);
        assert!(
            reply.starts_with(&format!("HTTP/1.1 {status} ")),
            "{lines:?}: {reply}"
        );
    }
    let long = format!("X: {}", "x".repeat(20_000));
    let reply = server.ask(&["GET /TOKEN/ HTTP/1.1", "Host: HOST", &long]);
    assert!(reply.starts_with("HTTP/1.1 431 "), "{reply}");
    // Several requests over one connection, and two in one packet.
    let (host, token) = server.parts();
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!("HEAD {token} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.repeat(2).as_bytes()).unwrap();
    let mut text = String::new();
    let mut lines = BufReader::new(stream).lines();
    while text.matches("HTTP/1.1 200 OK").count() < 2 {
        text.push_str(&lines.next().unwrap().unwrap());
    }
    assert_eq!(before, std::fs::read(bench.path("a.db")).unwrap());
}

#[test]
fn numbers_are_those_of_status_and_of_the_filter() {
    let bench = built();
    let server = Server::start(&bench, "a.db");
    let status: Value =
        serde_json::from_str(&bench.ok(&["status", "--store", "a.db", "--json"])).unwrap();
    let stats: Value =
        serde_json::from_str(&bench.ok(&["stats", "--store", "a.db", "--json"])).unwrap();
    let overview = server.get("api/overview");
    assert_eq!(stats["overview"], overview);
    let mut all = 0;
    for kind in overview["kinds"].as_array().unwrap() {
        let name = kind["kind"].as_str().unwrap();
        let counts = status["samples"][name].as_object().unwrap();
        let sum: u64 = counts.values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(kind["samples"], sum, "{name}");
        let found = server.get(&format!("api/list?kind={name}&count=5"));
        assert_eq!(found["total"], sum, "{name}");
        for line in found["lines"].as_array().unwrap() {
            assert_eq!(line["kind"], name);
        }
        all += sum;
    }
    assert_eq!(overview["samples"], all);
    assert_eq!(stats["story"]["drops"], status["drops"]);
    // Values of one property add up, those of several narrow down, and each page has its own rows.
    let both = server.get("api/list?kind=state&kind=count&count=200");
    let test = server.get("api/list?kind=state&kind=count&split=test&count=200");
    assert!(test["total"].as_u64() < both["total"].as_u64());
    let ids = |list: &Value| -> Vec<Value> {
        list["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["id"].clone())
            .collect()
    };
    let pages: Vec<Value> = (0..)
        .step_by(7)
        .map(|from| {
            ids(&server.get(&format!(
                "api/list?kind=state&kind=count&from={from}&count=7"
            )))
        })
        .take_while(|page| !page.is_empty())
        .flatten()
        .collect();
    assert_eq!(pages, ids(&both));
    // Words of a program, of a call, and an identifier.
    let words = server.get("api/list?q=TRIAL+division&count=200");
    assert!(words["total"].as_u64().unwrap() > 0);
    for line in words["lines"].as_array().unwrap() {
        assert!(
            ["maths.py", "text.py"].contains(&line["path"].as_str().unwrap()),
            "{line}"
        );
    }
    let call = server.get("api/list?q=is_prime(91)&count=200");
    assert!(
        call["lines"]
            .as_array()
            .unwrap()
            .iter()
            .all(|line| line["call"] == "is_prime(91)")
    );
    let id = pages[0].as_str().unwrap();
    assert_eq!(
        ids(&server.get(&format!("api/list?q={}", &id[..12]))),
        [pages[0].clone()]
    );
}

#[test]
fn marks_are_counted_and_shown_with_their_evidence() {
    let bench = built();
    let store = rusqlite::Connection::open(bench.path("a.db")).unwrap();
    store
        .execute_batch("DELETE FROM marks; DELETE FROM clusters")
        .unwrap();
    let (program, samples): (Vec<u8>, i64) = store
        .query_row(
            "SELECT program, count(*) FROM samples GROUP BY program ORDER BY 2 DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    store
        .execute(
            "INSERT INTO marks VALUES ('program', ?1, 'secret', 'a token in line 3')",
            [&program],
        )
        .unwrap();
    store
        .execute("INSERT INTO clusters VALUES (?1, ?1)", [&program])
        .unwrap();
    drop(store);
    let server = Server::start(&bench, "a.db");
    let found = server.get("api/list?mark=secret&count=3");
    assert_eq!(found["total"], samples);
    let others = server.get("api/list?mark=(none)");
    let all = server.get("api/list")["total"].as_i64().unwrap();
    assert_eq!(others["total"], all - samples);
    let id = found["lines"][0]["id"].as_str().unwrap();
    let shown = server.get(&format!("api/sample/{id}"));
    assert_eq!(shown["marks"][0][0], "secret");
    assert_eq!(shown["marks"][0][2], "a token in line 3");
    assert_eq!(shown["cluster"], 1);
    let text = bench.ok(&["stats", "--store", "a.db"]);
    assert!(text.contains("marks of curate"), "{text}");
}

#[test]
fn the_numbers_fit_a_terminal_and_the_plots_are_drawn() {
    let bench = built();
    let text = bench.ok(&["stats", "--store", "a.db", "--svg", "plots"]);
    for wanted in [
        "kind ",
        "steps of the run",
        "origin of the input",
        "left out, by reason",
        "█",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    let files = bench.files("plots");
    assert_eq!(files.len(), 7);
    for (name, bytes) in files {
        let svg = String::from_utf8(bytes).unwrap();
        assert!(name.ends_with(".svg") && svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }
}

#[test]
fn pages_of_a_hostile_store_hold_nothing_that_acts() {
    let bench = hostile();
    bench.run(&["build", "corpus.toml", "--store", "a.db"]);
    bench.ok(&["browse", "--store", "a.db", "--out", "pages"]);
    let files = bench.files("pages");
    let data: Vec<_> = files
        .iter()
        .filter(|(name, _)| name.starts_with("data/"))
        .collect();
    assert!(data.len() > 10, "{}", data.len());
    for (name, bytes) in data {
        assert_clean(name, bytes);
        let text = std::str::from_utf8(bytes).unwrap();
        assert!(
            !text.contains(['<', '>', '&', '\u{2028}']),
            "{name}: {text}"
        );
    }
    // The pages are made anew over those of before, and nowhere else.
    bench.ok(&[
        "browse", "--store", "a.db", "--out", "pages", "--limit", "3",
    ]);
    assert_eq!(bench.files("pages/data").len(), 4);
    std::fs::create_dir(bench.path("own")).unwrap();
    bench.write("own/notes.txt", "mine");
    let text = bench.fails(1, &["browse", "--store", "a.db", "--out", "own"]);
    assert!(text.contains("own is not empty"), "{text}");
    assert_eq!(bench.files("own").len(), 1);
}

#[test]
fn a_store_that_is_not_there_or_a_port_that_is_taken_is_said() {
    let bench = built();
    let text = bench.fails(1, &["browse", "--store", "nowhere.db"]);
    assert!(text.contains("there is no store at nowhere.db"), "{text}");
    let server = Server::start(&bench, "a.db");
    let port = server.parts().0.rsplit_once(':').unwrap().1;
    let text = bench.fails(1, &["browse", "--store", "a.db", "--port", port]);
    assert!(
        text.contains(&format!("cannot listen on port {port}")),
        "{text}"
    );
    assert!(text.contains("--port 0"), "{text}");
}

/// Steps of the viewer with the keyboard, in the page that is open.
fn step_through(browser: &mut Chromium, answer: &str) {
    browser.wait("document.querySelector('.lines li.current')");
    assert_eq!(
        browser.eval("document.querySelector('#answer')"),
        Value::Null
    );
    let steps = browser.eval("viewer.last").as_u64().unwrap();
    assert!(steps > 1);
    browser.press("ArrowRight");
    browser.press("ArrowRight");
    browser.press("ArrowLeft");
    assert_eq!(browser.eval("viewer.step"), 1);
    assert_eq!(
        browser.eval("document.querySelectorAll('.lines li.current').length"),
        1
    );
    browser.press("End");
    assert_eq!(browser.eval("viewer.step"), steps);
    browser.press("ArrowRight");
    // Nothing shows the answer's moment before the answer is asked for.
    assert_eq!(browser.eval("viewer.step"), steps);
    assert!(browser.eval("viewer.sample.run.at").as_u64().unwrap() > steps);
    browser.press("r");
    browser.wait("document.querySelector('#answer pre')");
    assert_eq!(
        browser.eval("document.querySelector('#answer pre').textContent"),
        answer
    );
    browser.press("q");
    assert_eq!(browser.eval("viewer.step === viewer.sample.run.at"), true);
    assert_eq!(
        browser.eval("document.querySelector('tr.asked .value span').textContent"),
        answer
    );
    browser.press("Home");
    assert_eq!(browser.eval("viewer.step"), 0);
    browser.eval("document.querySelector('input[type=range]').focus()");
    browser.press("ArrowRight");
    assert_eq!(browser.eval("viewer.step"), 1);
}

/// For each sample with a single moment, the page's own state at it against the answer.
const MOMENTS: &str = "(async () => {
    const wrong = [];
    let right = 0;
    for (const kind of ['state', 'next_line', 'count', 'coverage']) {
        const { lines } = await list(`kind=${kind}`, 0, 100);
        for (const { id } of lines) {
            const shown = await sample(id, `kind=${kind}`);
            const { events, at } = shown.run;
            const run = new Run(events).to(at ?? events.length - 1);
            const sorted = () => [...run.counts.keys()].sort((a, b) => a - b).join(', ');
            const found = {
                state: () => run.frames.get(run.event.frame).locals.get(shown.question.variable)?.value,
                next_line: () => run.event.event === 'line' ? String(run.event.line) : run.event.event,
                count: () => String(run.counts.get(shown.question.line) || 0),
                coverage: () => `[${sorted()}]`,
            }[kind]();
            if (found === shown.answer) right++; else wrong.push([id, found, shown.answer]);
        }
    }
    return { right, wrong };
})()";

/// Names that are missing, and texts whose colour is too near to that of their ground.
const ACCESS: &str = "(() => {
    const found = [];
    for (const one of document.querySelectorAll('button, a, input, select, summary, [role=img]')) {
        const name = one.getAttribute('aria-label') || one.textContent.trim() || one.closest('label')?.textContent.trim();
        if (!name) found.push(`no name: ${one.outerHTML.slice(0, 120)}`);
    }
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const rgba = (color) => {
        canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
        return canvas.getImageData(0, 0, 1, 1).data;
    };
    const light = ([r, g, b]) => {
        const part = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    };
    const ground = (one) => {
        for (; one; one = one.parentElement) { const color = rgba(getComputedStyle(one).backgroundColor); if (color[3] === 255) return color; }
        return rgba('white');
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const one = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || !one.checkVisibility() || one.closest(':disabled, .hidden, script, s')) continue;
        const [a, b] = [light(rgba(getComputedStyle(one).color)), light(ground(one))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) found.push(`${ratio.toFixed(2)}: ${one.className} ${texts.currentNode.data.slice(0, 40)}`);
    }
    if (document.documentElement.scrollWidth > innerWidth + 1) found.push(`wider than the window: ${document.documentElement.scrollWidth}`);
    return [...new Set(found)];
})()";

#[test]
fn a_person_looks_at_the_data_in_a_browser() {
    let Some(mut browser) = Chromium::start() else {
        return;
    };
    let bench = built();
    let server = Server::start(&bench, "a.db");
    let overview = server.get("api/overview");
    browser.open(&server.address, 1300, "light");
    browser.wait("document.querySelector('.funnel')");
    let shown = browser.eval("document.querySelector('.figures dd').textContent");
    assert_eq!(shown, overview["samples"].to_string());
    // From a number to its samples, to one of them, and back to the same place.
    browser.eval("document.querySelector('.kinds a[href*=state]').click()");
    browser.wait("document.querySelectorAll('.rows a').length > 3");
    let total = server.get("api/list?kind=state")["total"].to_string();
    assert_eq!(
        browser.eval("document.querySelector('.search strong').textContent"),
        format!("{total} samples")
    );
    let id = browser
        .eval("document.querySelector('.rows a:nth-child(1)').hash.match(/[0-9a-f]{32}/)[0]");
    let id = id.as_str().unwrap();
    browser.eval("document.querySelector('.rows a').focus()");
    browser.press("Enter");
    browser.wait("document.querySelector('.lines li.current')");
    let sample: Value =
        serde_json::from_str(&bench.ok(&["show", id, "--store", "a.db", "--json"])).unwrap();
    step_through(&mut browser, sample["answer"].as_str().unwrap());
    browser.press("n");
    browser.wait(&format!(
        "viewer && viewer.sample.id !== '{id}' && document.querySelector('.lines li.current')"
    ));
    browser.press("p");
    browser.wait(&format!("viewer.sample.id === '{id}'"));
    browser.press("g");
    browser.wait("document.querySelector('.rows')");
    // A filter with the mouse, words with the keyboard; the focus stays where it was.
    browser.eval("document.querySelector('[data-key=\"split:train\"]').click()");
    browser.wait("document.querySelectorAll('.chosen button').length === 2");
    browser.press("/");
    for key in ["p", "r", "i", "m", "e", "Enter"] {
        browser.press(key);
    }
    browser.wait("document.querySelectorAll('.chosen button').length === 3");
    assert_eq!(browser.eval("document.activeElement.id"), "search");
    let moments = browser.eval(MOMENTS);
    assert_eq!(moments["wrong"], json!([]));
    assert!(moments["right"].as_u64().unwrap() > 20, "{moments}");
    assert_eq!(browser.complaints(), [""; 0]);
    // Every page, light and dark, wide and on a phone.
    for (width, scheme) in [
        (1300, "light"),
        (1300, "dark"),
        (390, "light"),
        (390, "dark"),
    ] {
        for page in [
            "#/",
            "#/samples?kind=state",
            "#/left-out",
            &format!("#/sample/{id}?kind=state"),
        ] {
            browser.open("about:blank", width, scheme);
            browser.open(&format!("{}{page}", server.address), width, scheme);
            browser
                .wait("document.querySelector('main section') && !document.querySelector('.busy')");
            browser.wait("!document.querySelector('main').textContent.includes('Counting')");
            if page.contains("sample/") {
                browser.press("r");
                browser.press("q");
            }
            let found = browser.eval(ACCESS);
            assert_eq!(found, json!([]), "{page} {width} {scheme}");
        }
    }
}

#[test]
fn a_hostile_store_is_text_in_a_browser() {
    let Some(mut browser) = Chromium::start() else {
        return;
    };
    let bench = hostile();
    bench.run(&["build", "corpus.toml", "--store", "a.db"]);
    bench.ok(&["browse", "--store", "a.db", "--out", "pages"]);
    let server = Server::start(&bench, "a.db");
    let file = format!("file://{}", bench.path("pages/index.html").display());
    for address in [file, server.address.clone()] {
        browser.open(&address, 1300, "dark");
        browser.wait("document.querySelector('.funnel')");
        for page in ["#/left-out", "#/samples?order=shuffled"] {
            browser.eval(&format!("location.hash = '{page}'"));
            browser.wait("!document.querySelector('.busy')");
        }
        browser.wait("document.querySelectorAll('.rows a').length > 3");
        let ids = browser.eval("[...document.querySelectorAll('.rows a')].map((a) => a.hash)");
        for hash in ids.as_array().unwrap() {
            let id = hash.as_str().unwrap();
            browser.eval(&format!("location.hash = '{id}'"));
            browser.wait(&format!("viewer && '{id}'.includes(viewer.sample.id)"));
            browser.press("r");
            browser.press("End");
        }
        // All that the store says is text: no element is of it, and nothing of it ran.
        let made = browser
            .eval("document.querySelectorAll('img, iframe, main script, main style').length");
        assert_eq!(made, 0);
        let shown = browser.eval("document.body.textContent");
        let unsafe_shown = shown
            .as_str()
            .unwrap()
            .chars()
            .find(|c| !"\n\t".contains(*c) && tracestone_record::outside::is_unsafe(*c));
        assert_eq!(unsafe_shown, None);
        assert_eq!(browser.complaints(), [""; 0], "{address}");
    }
}
