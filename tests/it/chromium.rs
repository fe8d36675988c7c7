//! A Chromium without a window, driven over its debugging pipe.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Time after which the browser is said to hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page.
pub(crate) struct Chromium {
    process: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    /// Messages that are no replies, to be looked at in the end.
    events: VecDeque<Value>,
    session: String,
    sent: u64,
    _profile: TempDir,
}

impl Chromium {
    /// Starts the Chromium of this machine; `None`, with a word on standard error, where there is none.
    pub(crate) fn start() -> Option<Self> {
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let found = names.into_iter().find(|name| {
            let asked = Command::new(name).arg("--version").output();
            asked.is_ok_and(|output| output.status.success())
        });
        let Some(program) = found else {
            eprintln!("skipped: there is no Chromium on this machine");
            return None;
        };
        let profile = TempDir::new().unwrap();
        // Chromium takes commands at file descriptor 3 and answers at 4.
        let script = "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null";
        let mut process = Command::new("sh")
            .args([
                "-c",
                script,
                "sh",
                program,
                "--headless=new",
                "--no-sandbox",
            ])
            .args(["--disable-gpu", "--no-first-run", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            for message in output.split(0) {
                let Ok(Ok(value)) = message.map(|text| serde_json::from_slice(&text)) else {
                    break;
                };
                if sender.send(value).is_err() {
                    break;
                }
            }
        });
        let mut browser = Self {
            process,
            input,
            messages,
            events: VecDeque::new(),
            session: String::new(),
            sent: 0,
            _profile: profile,
        };
        browser.attach();
        Some(browser)
    }

    fn attach(&mut self) {
        let target = self.send("Target.createTarget", json!({ "url": "about:blank" }));
        let target = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = self.send("Target.attachToTarget", target);
        self.session = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Log"] {
            self.send(&format!("{domain}.enable"), json!({}));
        }
    }

    /// Sends a command and gives its result.
    pub(crate) fn send(&mut self, method: &str, parameters: Value) -> Value {
        self.sent += 1;
        let mut message = json!({ "id": self.sent, "method": method, "params": parameters });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.input
            .write_all(message.to_string().as_bytes())
            .unwrap();
        self.input.write_all(b"\0").unwrap();
        loop {
            let message = self.messages.recv_timeout(PATIENCE).expect(method);
            if message["id"] == self.sent {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
            self.events.push_back(message);
        }
    }

    /// Opens a page at a width, light or dark.
    pub(crate) fn open(&mut self, address: &str, width: u32, scheme: &str) {
        let metrics =
            json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.send("Emulation.setDeviceMetricsOverride", metrics);
        let scheme = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.send("Emulation.setEmulatedMedia", json!({ "features": scheme }));
        self.send("Page.navigate", json!({ "url": address }));
    }

    /// The value of an expression of the page's language; a promise is waited for.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let parameters =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let result = self.send("Runtime.evaluate", parameters);
        assert!(
            result["exceptionDetails"].is_null(),
            "{expression}: {result}"
        );
        result["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    pub(crate) fn wait(&mut self, expression: &str) {
        let start = Instant::now();
        let asked = format!(
            "(() => {{ try {{ return Boolean({expression}); }} catch {{ return false; }} }})()"
        );
        while self.eval(&asked) != json!(true) {
            let shown = || "document.body.innerText.slice(0, 2000)";
            assert!(
                start.elapsed() < PATIENCE,
                "{expression} did not come true; the page says: {}",
                self.eval(shown())
            );
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Presses a key on the keyboard.
    pub(crate) fn press(&mut self, key: &str) {
        let text = if key.chars().count() == 1 { key } else { "" };
        for event in ["keyDown", "keyUp"] {
            let mut parameters = json!({ "type": event, "key": key });
            if event == "keyDown" && !text.is_empty() {
                parameters["text"] = json!(text);
            }
            self.send("Input.dispatchKeyEvent", parameters);
        }
    }

    /// Errors, blocked scripts and opened dialogs so far, as text.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        // Whatever was reported before this reply is there.
        self.eval("1");
        let is_one = |event: &Value| match event["method"].as_str() {
            Some("Runtime.exceptionThrown" | "Page.javascriptDialogOpening") => true,
            Some("Log.entryAdded") => event["params"]["entry"]["level"] == "error",
            Some("Runtime.consoleAPICalled") => event["params"]["type"] == "error",
            _ => false,
        };
        let found = self.events.drain(..).filter(is_one);
        found.map(|event| event.to_string()).collect()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
