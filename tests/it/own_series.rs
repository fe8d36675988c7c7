//! Time series of a user's folders, and detectors that mean harm.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use crate::mock_server::{Reply, Request, Server};
use crate::series::{eval, lines, measured};
use crate::support::{Bench, stderr};

/// A folder in TSB-AD's form: lists, a series with a row that its loader drops, and one of several variables.
fn write_tsb_ad(bench: &Bench) {
    for folder in ["sets/TSB-AD-U", "sets/TSB-AD-M", "sets/File_List"] {
        fs::create_dir_all(bench.path(folder)).unwrap();
    }
    let mut rows = "Data,Label\n".to_owned();
    for at in 0..300 {
        let label = u8::from((200..203).contains(&at));
        let value = if label == 1 { 90 } else { 10 + at % 24 };
        rows.push_str(&format!("{value},{label}\n"));
        if at == 7 {
            rows.push_str(",0\n");
        }
    }
    bench.write(
        "sets/TSB-AD-U/001_NAB_id_1_Facility_tr_50_1st_200.csv",
        &rows,
    );
    bench.write(
        "sets/TSB-AD-U/002_UCR_id_1_Medical_tr_50_1st_200.csv",
        &rows,
    );
    bench.write(
        "sets/TSB-AD-M/057_SMD_id_1_Facility_tr_1_1st_2.csv",
        "A,B,Label\n1,2,0\n",
    );
    let list = "file_name\n001_NAB_id_1_Facility_tr_50_1st_200.csv\n";
    bench.write("sets/File_List/TSB-AD-U-Eva.csv", list);
    bench.write(
        "sets/File_List/TSB-AD-M-Eva.csv",
        "file_name\n057_SMD_id_1_Facility_tr_1_1st_2.csv\n",
    );
    bench.write("sets/File_List/All.csv", &format!("{list}003_absent.csv\n"));
}

#[test]
fn a_list_of_tsb_ad_takes_its_files_and_its_published_means_stand_beside() {
    let bench = Bench::empty();
    write_tsb_ad(&bench);
    let eval = |subset: &'static str| {
        [
            "eval",
            "series-indices",
            "--model",
            "mock/oracle",
            "--json",
            "--data",
            "sets",
            "-T",
            subset,
        ]
    };
    let json: Value = serde_json::from_str(&bench.ok(&eval("subset=TSB-AD-U-Eva"))).unwrap();
    assert_eq!(json["score"]["items"], 1);
    let all = json["measures"].as_array().unwrap();
    let vus = all.iter().find(|one| one["name"] == "vus_pr").unwrap();
    assert!(
        vus["note"].as_str().unwrap().contains("Sub-PCA 0.4234"),
        "{vus}"
    );
    let items = lines(&bench, "logs", "items.jsonl");
    let facts = &items[0]["item"]["facts"];
    assert_eq!(
        (&facts["repairs"], &facts["family"]),
        (&"1 rows left out".into(), &"NAB".into())
    );
    assert_eq!(items[0]["item"]["answer"], r#"{"spans":[[200,202]]}"#);
    let said = stderr(&bench.run(&eval("subset=TSB-AD-M-Eva")));
    assert!(
        said.contains("057_SMD") && said.contains("several variables"),
        "{said}"
    );
    let said = stderr(&bench.run(&eval("subset=All")));
    assert!(
        said.contains("1 of the 2 files of the list `All` are not in the data"),
        "{said}"
    );
}

/// The folder of somebody who has never seen the tracks.
#[test]
fn a_folder_of_ones_own_is_repaired_in_the_open_or_refused_with_a_line() {
    let bench = Bench::empty();
    fs::create_dir_all(bench.path("own")).unwrap();
    let mut text = "\u{feff}timestamp,value\r\n".to_owned();
    for minute in 0..400 {
        // Backwards in pairs, one point twice, one without a value, one that is no number, a gap of an hour.
        let at = (if minute > 300 { minute + 60 } else { minute } ^ 1) * 60;
        let value = match minute {
            20 => String::new(),
            21 => "NaN".to_owned(),
            _ => format!("{}", 10 + minute % 12),
        };
        text.push_str(&format!("{at},{value}\r\n"));
    }
    text.push_str("60,11\r\n");
    bench.write("own/pump.csv", &text);
    bench.write("own/flat.csv", "timestamp,value\n0,5\n60,5\n120,5\n180,5\n");
    bench.write(
        "own/labels.json",
        r#"{"pump": [[600, 660], [90000, 90060]], "flat": []}"#,
    );
    let eval = |task: &'static str, interval: &'static str| {
        [
            "eval",
            task,
            "--model",
            "mock/oracle",
            "--json",
            "--data",
            "own",
            "-T",
            interval,
        ]
    };
    bench.ok(&eval("series-indices", "interval=0"));
    let items = lines(&bench, "logs", "items.jsonl");
    let repairs: Vec<&str> = items
        .iter()
        .map(|item| item["item"]["facts"]["repairs"].as_str().unwrap())
        .collect();
    assert_eq!(repairs[0], "none");
    for counted in [
        "2 missing values",
        "points out of order",
        "1 duplicate timestamps",
        "unequal steps",
        "1 labels without a point",
    ] {
        assert!(repairs[1].contains(counted), "{repairs:?}");
    }
    // Six hours for each point leave two points, of which no window can be made.
    let said = stderr(&bench.run(&eval("series-detector", "interval=paper")));
    assert!(
        said.contains("no series is longer than a window of 140 points")
            && said.contains("interval=0"),
        "{said}"
    );
    let json: Value =
        serde_json::from_str(&bench.ok(&eval("series-detector", "interval=0"))).unwrap();
    assert_eq!(json["score"]["items"], 2);
    // Milliseconds, as many programs write them.
    let before = fs::read_to_string(bench.path("own/flat.csv")).unwrap();
    bench.write("own/flat.csv", "timestamp,value\n0,5\n3600000000,5\n");
    let said = stderr(&bench.run(&eval("series-indices", "interval=paper")));
    assert!(
        said.contains("flat has 2 points") && said.contains("are its timestamps seconds?"),
        "{said}"
    );
    bench.write("own/flat.csv", &before);
    for (name, content, expected) in [
        ("own/flat.csv", "", "flat.csv: the file is empty"),
        (
            "own/flat.csv",
            "timestamp;value\n1;2\n",
            "there is no column `timestamp`",
        ),
        (
            "own/flat.csv",
            "timestamp,value\n1,2\n2,3,4\n",
            "line 3: 3 cells",
        ),
        (
            "own/flat.csv",
            "timestamp,value\n01.02.2014,2\n",
            "line 2: `01.02.2014` is no timestamp",
        ),
        (
            "own/flat.csv",
            "timestamp,value\n1,\"1,5\"\n",
            "line 2: `1,5` is no number",
        ),
        (
            "own/labels.json",
            "{\"pump\": []}",
            "there are none for flat (they have pump)",
        ),
        (
            "own/labels.json",
            "{\"pump\": [[600]], \"flat\": []}",
            "`pump` is no list of pairs of times",
        ),
    ] {
        let before = fs::read_to_string(bench.path(name)).unwrap();
        bench.write(name, content);
        let said = stderr(&bench.run(&eval("series-indices", "interval=0")));
        assert!(said.contains(expected), "{content:?}: {said}");
        bench.write(name, &before);
    }
}

/// Detectors that loop, print without end, read files, kill themselves, or answer with what is no list of places.
#[test]
fn a_hostile_detector_finds_nothing_and_says_why() {
    let bodies = [
        ("while True: pass", ""),
        ("[print('x' * 10**6) for _ in range(10**4)]; return []", ""),
        (
            "return [(0, int(open('/etc/passwd').read() and 5))]",
            "Error",
        ),
        ("import os; os._exit(0)", ""),
        ("return [(10**9, 10**9)]", ""),
        ("return [(float('nan'), 2)]", "ValueError"),
        ("return 'abc'", "ValueError"),
        ("return [[0, 1]] * 10**9", ""),
    ];
    // Every series of the programs that do not end costs all of its time.
    let task =
        include_str!("../../evals/series-program.toml").replace("timeout = 10", "timeout = 1");
    for (body, why) in bodies {
        let bench = Bench::empty();
        bench.write("quick.toml", &task);
        let server = Server::start(0, Duration::ZERO, move |_: &Request| {
            Reply::Text(format!(
                "[ANSWER]\ndef detect(values):\n    {body}\n[/ANSWER]"
            ))
        })
        .unwrap();
        let url = server.url();
        let settings = ["-T", "anomalies=spike", "-T", "count=5", "-T", "points=300"];
        let json: Value =
            serde_json::from_str(&bench.ok(&eval("quick.toml", &url, &settings))).unwrap();
        assert_eq!(json["score"]["accuracy"], 0.0, "{body}");
        assert_eq!(measured(&json, "flagged"), 0.0, "{body}");
        let verdict = &lines(&bench, "logs", "verdicts.jsonl")[0]["detail"];
        let found = verdict["why"].as_str().unwrap_or_default();
        let is_outside = verdict["each"][0]["left_out"] == 1;
        // What it prints is thrown away; it is right about the series without anomalies.
        let is_harmless = body.starts_with("[print");
        assert!(
            found.contains(why) && (is_outside || is_harmless || !found.is_empty()),
            "{body}: {verdict}"
        );
    }
}
