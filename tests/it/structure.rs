//! The track of molecular geometry at the command line.

use std::time::Duration;

use serde_json::Value;

use crate::mock_server::{Reply, Server};
use crate::support::{Bench, stderr};

const TASKS: [&str; 6] = [
    "structure-residue",
    "structure-helix",
    "structure-torsion",
    "structure-contacts",
    "structure-mutation",
    "structure-repair",
];

#[test]
fn right_answers_score_everything_and_mirror_images_echo_and_constants_nothing() {
    let bench = Bench::empty();
    for task in TASKS {
        let said = bench.ok(&["validate", task]);
        assert!(said.contains("gold           100.00 %"), "{said}");
        assert!(said.contains("copied-prompt    0.00 %"), "{said}");
    }
    let said = bench.ok(&["validate", "structure-residue"]);
    // One of twenty residues is its own mirror image.
    assert!(said.contains("mirror-image     5.00 %"), "{said}");
    let said = bench.ok(&[
        "validate",
        "structure-helix",
        "-T",
        "sequence=mixed",
        "-T",
        "seed=7",
    ]);
    assert!(said.contains("mirror-image     0.00 %"), "{said}");
}

#[test]
fn a_served_model_is_scored_check_by_check_and_resumed_without_asking_again() {
    let server = Server::start(0, Duration::ZERO, |request| {
        if request.prompt.contains("3-10") {
            return Reply::Text("I cannot compute that.".to_owned());
        }
        let one = "ATOM      1  N   ALA A   1       0.000   0.000   0.000  1.00  0.00           N";
        Reply::Text(format!("```pdb\n{one}\nEND\n```"))
    })
    .unwrap();
    let bench = Bench::empty();
    let eval = || {
        bench
            .command(&[
                "eval",
                "structure-helix",
                "--model",
                "openai-api/local/m",
                "-T",
                "count=6",
                "--json",
            ])
            .env("LOCAL_BASE_URL", server.url())
            .env("LOCAL_API_KEY", "x")
            .output()
            .unwrap()
    };
    let output = eval();
    assert!(output.status.success(), "{}", stderr(&output));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["score"]["accuracy"], 0.0);
    assert_eq!(said["score"]["statuses"]["unparsable"], 2);
    let measure = |name: &str| {
        let all = said["measures"].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap().clone()
    };
    let third = |value: &Value| (value.as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-9;
    assert!(third(&measure("not_parsed")["value"]));
    // No denominator shrinks: an answer without coordinates fails every check.
    assert_eq!(
        measure("check_finite")["value"]
            .as_f64()
            .map(|x| (x * 3.0).round()),
        Some(2.0)
    );
    assert_eq!(measure("check_chirality")["value"], 0.0);
    assert_eq!(
        measure("check_handedness")["without_model"]["mirror-image"],
        0.0
    );
    assert_eq!(measure("check_rise")["without_model"]["mirror-image"], 1.0);
    let asked = server.seen().len();
    assert!(eval().status.success());
    assert_eq!(server.seen().len(), asked);
    let run = said["run"].as_str().unwrap();
    bench.ok(&["report", run]);
    let page = std::fs::read_to_string(bench.path(run).join("report.html")).unwrap();
    assert!(page.contains("\"figure\""), "answers are drawn");
}

#[test]
fn a_structure_of_the_users_is_asked_open_and_closed_with_its_hash() {
    let bench = Bench::empty();
    bench.ok(&[
        "eval",
        "structure-contacts",
        "--model",
        "mock/oracle",
        "-T",
        "count=1",
        "--log-dir",
        "made",
    ]);
    let (_, items) = bench
        .files("made")
        .into_iter()
        .find(|(name, _)| name.ends_with("items.jsonl"))
        .unwrap();
    let item: Value = serde_json::from_slice(&items).unwrap();
    bench.write("7XYZ.pdb", item["item"]["input"].as_str().unwrap());
    for book in ["open", "closed"] {
        let book = format!("book={book}");
        let data = [
            "--data",
            "7XYZ.pdb",
            "--log-dir",
            "own",
            "-T",
            &book,
            "--json",
        ];
        let mut arguments = vec!["eval", "structure-contacts", "--model", "mock/oracle"];
        arguments.extend(data);
        let said: Value = serde_json::from_str(&bench.ok(&arguments)).unwrap();
        assert_eq!(said["score"]["accuracy"], 1.0, "{said}");
    }
    for (name, content) in bench.files("own") {
        if name.ends_with("items.jsonl") {
            let text = String::from_utf8(content).unwrap();
            assert!(text.contains("\"file_hash\""), "{name}");
            let closed = text.contains("\"book\":\"closed\"");
            assert_eq!(text.contains("contamination"), closed, "{name}");
        }
    }
    let said = bench.fails(
        1,
        &[
            "validate",
            "structure-contacts",
            "--data",
            "7XYZ.pdb",
            "-T",
            "ligand=4WI",
        ],
    );
    assert!(said.contains("there is no ligand 4WI"), "{said}");
    let said = bench.fails(1, &["validate", "structure-contacts", "-T", "book=closed"]);
    assert!(said.contains("--data"), "{said}");
    let said = bench.fails(1, &["validate", "structure-helix", "-T", "least=2"]);
    assert!(said.contains("4 to 200"), "{said}");
}

/// The mock gives a mirror image first, and the right answer when it is told that chirality and handedness fail.
#[test]
fn a_wrong_answer_is_asked_for_again_with_its_failed_checks() {
    let bench = Bench::empty();
    let made = [
        "eval",
        "structure-repair",
        "--model",
        "mock/oracle",
        "-T",
        "count=3",
        "--log-dir",
        "made",
    ];
    bench.ok(&made);
    let (_, items) = bench
        .files("made")
        .into_iter()
        .find(|(name, _)| name.ends_with("items.jsonl"))
        .unwrap();
    let items: Vec<Value> = std::str::from_utf8(&items)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let answers: Vec<(String, String)> = items
        .iter()
        .map(|item| {
            let message = item["messages"][0]["content"].as_str().unwrap().to_owned();
            (message, item["item"]["answer"].as_str().unwrap().to_owned())
        })
        .collect();
    let server = Server::start(0, Duration::ZERO, move |request| {
        let text = request.body.to_string();
        let told = text.contains("These checks fail") && text.contains("handedness");
        let found = answers.iter().find(|(prompt, _)| {
            let start = serde_json::to_string(&prompt[..200]).unwrap();
            text.contains(start.trim_matches('"'))
        });
        let (_, answer) = found.unwrap();
        let mirrored: Vec<String> = answer
            .lines()
            .map(
                |line| match line.get(46..54).and_then(|z| z.trim().parse::<f64>().ok()) {
                    Some(z) => format!("{}{:>8.3}{}", &line[..46], -z, &line[54..]),
                    None => line.to_owned(),
                },
            )
            .collect();
        Reply::Text(if told {
            answer.clone()
        } else {
            mirrored.join("\n")
        })
    })
    .unwrap();
    let eval = |rounds: &str| -> Value {
        let output = bench
            .command(&[
                "eval",
                "structure-repair",
                "--model",
                "openai-api/local/m",
                "-T",
                "count=3",
                "-T",
                rounds,
                "--json",
            ])
            .env("LOCAL_BASE_URL", server.url())
            .env("LOCAL_API_KEY", "x")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let measure = |said: &Value, name: &str| {
        let all = said["measures"].as_array().unwrap();
        let one = all.iter().find(|one| one["name"] == name).unwrap();
        one["value"].as_f64().unwrap()
    };
    let said = eval("rounds=3");
    assert_eq!(said["score"]["accuracy"], 1.0);
    assert_eq!(measure(&said, "first_round"), 0.0);
    assert_eq!(
        (measure(&said, "last_round"), measure(&said, "rounds")),
        (1.0, 2.0)
    );
    let asked = server.seen().len();
    assert_eq!(asked, 6);
    eval("rounds=3");
    assert_eq!(server.seen().len(), asked, "no request is sent twice");
    let said = eval("rounds=1");
    assert_eq!(measure(&said, "last_round"), 0.0);
}

/// A file as the wwPDB writes it: numbers of authors and of the dictionary, conformers, a modified residue, deuterium.
const CIF: &str = "data_9MAD\nloop_\n_atom_site.group_PDB\n_atom_site.id\n_atom_site.type_symbol\n_atom_site.label_atom_id\n\
    _atom_site.label_alt_id\n_atom_site.label_comp_id\n_atom_site.label_asym_id\n_atom_site.label_seq_id\n\
    _atom_site.pdbx_PDB_ins_code\n_atom_site.Cartn_x\n_atom_site.Cartn_y\n_atom_site.Cartn_z\n_atom_site.occupancy\n\
    _atom_site.auth_seq_id\n_atom_site.auth_asym_id\n_atom_site.pdbx_PDB_model_num\n\
    ATOM 1 N N . LYS A 1 ? 0.0 0.0 0.0 1.00 52 H 1\n\
    ATOM 2 N NZ A LYS A 1 ? 7.0 0.0 0.0 0.40 52 H 1\n\
    ATOM 3 N NZ B LYS A 1 ? 9.0 0.0 0.0 0.60 52 H 1\n\
    HETATM 4 SE SE . MSE A 2 A 3.0 3.9 0.0 1.00 52 H 1\n\
    ATOM 5 D DG . MSE A 2 A 3.0 1.0 0.0 1.00 52 H 1\n\
    HETATM 6 C C1 . 4WI B . ? 3.0 0.0 0.0 1.00 401 H 1\n\
    HETATM 7 O O . HOH C . ? 3.0 1.0 0.0 1.00 501 H 1\n\
    ATOM 8 N N . LYS A 1 ? 3.0 0.0 0.0 1.00 52 H 2\n#\n";

#[test]
fn a_file_of_the_wwpdb_is_read_by_the_numbers_of_its_authors() {
    let bench = Bench::empty();
    bench.write("9mad.cif", CIF);
    for (book, sites) in [("closed", vec!["52 N", "52A SE"]), ("open", vec![])] {
        let book = format!("book={book}");
        let said: Value = serde_json::from_str(&bench.ok(&[
            "eval",
            "structure-contacts",
            "--model",
            "mock/oracle",
            "--data",
            "9mad.cif",
            "--json",
            "--log-dir",
            &book,
            "-T",
            &book,
        ]))
        .unwrap();
        assert_eq!(said["score"]["accuracy"], 1.0);
        let (_, content) = bench
            .files(&book)
            .into_iter()
            .find(|(name, _)| name.ends_with("items.jsonl"))
            .unwrap();
        let text = String::from_utf8(content).unwrap();
        let item: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        let item = &item["item"];
        assert_eq!(item["facts"]["atoms_left_out"], 2);
        assert_eq!(item["facts"]["file_hash"].as_str().unwrap().len(), 64);
        let contacts = item["material"]["contacts"].as_array().unwrap();
        assert_eq!(contacts.len(), 2, "{contacts:?}");
        let found: Vec<String> = contacts
            .iter()
            .map(|one| {
                format!(
                    "{} {}",
                    one["number"].as_str().unwrap(),
                    one["atom"].as_str().unwrap()
                )
            })
            .collect();
        assert!(sites.is_empty() || found == sites, "{found:?}");
    }
    let said = bench.fails(
        1,
        &[
            "validate",
            "structure-contacts",
            "--data",
            "9mad.cif",
            "-T",
            "ligand=N3",
        ],
    );
    assert!(
        said.contains("there is no ligand N3") && said.contains("there are: 4WI"),
        "{said}"
    );
}
