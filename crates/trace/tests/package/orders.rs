//! Orders of sets that calls of a package see.

use tracestone_record::Verdict;

use super::support::{engine, runs};
use super::{packaged, tree};

#[test]
fn the_order_of_a_set_of_classes_does_not_count() {
    let text = "def order(kinds):\n    return [kind.__name__ for kind in set(kinds)]\n";
    let (engine, tree) = (engine(), tree("classes", &[("m.py", text)]));
    let calls = [("class A: pass\nclass B(A): pass", "order([A, B])")];
    let all = runs(&engine, packaged(&tree, "m", &[1, 2], &calls));
    assert!(all[0].verdict != Verdict::Verified, "{:?}", all[0].outcome);
}

#[test]
fn the_order_of_a_set_in_another_module_is_noticed_in_calls_and_in_the_import() {
    let pairs = ["ab", "cd", "ef", "gh", "ij", "kl", "mn", "op"];
    let rest = "\
def first(pair):
    return list(set(pair))[0]
WORDS = [first(pair) for pair in ('ab', 'cd', 'ef', 'gh', 'ij', 'kl', 'mn', 'op')]
";
    let text = "\
from . import rest
def called(pair):
    return rest.first(pair)
def imported(number):
    return rest.WORDS[number]
";
    let files = [("p/__init__.py", ""), ("p/rest.py", rest), ("p/m.py", text)];
    let (engine, tree) = (engine(), tree("orders", &files));
    for (number, pair) in pairs.iter().enumerate() {
        for call in [format!("called({pair:?})"), format!("imported({number})")] {
            let all = runs(
                &engine,
                packaged(&tree, "p.m", &[2, 3, 4, 5], &[("", &call)]),
            );
            assert!(
                matches!(all[0].verdict, Verdict::Nondeterministic { .. }),
                "{call}: {:?} {:?}",
                all[0].outcome,
                all[0].verdict
            );
        }
    }
}
