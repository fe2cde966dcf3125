//! Choices among the fixes of one file.

use super::*;
use crate::engine::{Outcome, rewrite};
use proptest::prelude::*;

fn rules() -> RuleSet {
    let text = "schema = 1\nname = \"t\"\n[[move]]\nid = \"one\"\nfrom = \"a.one\"\nto = \"n.new\"\n\
                names = { A = \"A\", B = \"C\" }\n[[move]]\nid = \"two\"\nfrom = \"a.two\"\n\
                to = \"n.new\"\nnames = { A = \"A\" }\n";
    RuleSet::parse("t", text, &RuleSet::resolve_builtin).unwrap()
}

/// The lines of each unit's findings, and the findings.
fn found(source: &str) -> (Vec<Vec<usize>>, Vec<Diagnostic>) {
    let (rules, context) = (rules(), FileContext::default());
    let diagnostics = rewrite(source, &rules, &context).diagnostics;
    (units(source, &rules, &context, &diagnostics), diagnostics)
}

fn chosen(source: &str, unit: &[usize], diagnostics: &[Diagnostic]) -> Result<String, String> {
    let taken: Vec<&Diagnostic> = unit.iter().map(|&at| &diagnostics[at]).collect();
    let edits = taken
        .iter()
        .flat_map(|found| edits(found).cloned())
        .collect();
    choose(source, &rules(), &FileContext::default(), edits, &taken)
}

#[test]
fn statements_that_do_not_need_each_other_are_asked_about_apart() {
    let source = "from a.one import A\nfrom a.one import B\nx = patch('a.one.A')\n";
    let (units, diagnostics) = found(source);
    assert_eq!(units, [[0], [1], [2]]);
    assert_eq!(
        chosen(source, &units[1], &diagnostics).unwrap(),
        "from a.one import A\nfrom n.new import C as B\nx = patch('a.one.A')\n"
    );
}

#[test]
fn an_import_and_its_uses_are_one() {
    let source = "import a.one\n\ndef f():\n    return a.one.A(a.one.B)\n";
    let (units, diagnostics) = found(source);
    assert_eq!(units.len(), 1);
    let text = chosen(source, &units[0], &diagnostics).unwrap();
    assert_eq!(
        text,
        "import n.new\n\ndef f():\n    return n.new.A(n.new.C)\n"
    );
}

#[test]
fn a_statement_that_goes_because_another_brings_its_name_goes_with_it() {
    let source = "from a.one import A\nfrom a.two import A\nfrom a.one import B\n";
    let (units, diagnostics) = found(source);
    assert_eq!(units, [vec![0, 1], vec![2]]);
    assert_eq!(
        chosen(source, &units[0], &diagnostics).unwrap(),
        "from n.new import A\nfrom a.one import B\n"
    );
}

#[test]
fn an_edit_of_ones_own_is_proven_too() {
    let source = "from a.one import A\nx = 1\n";
    let (_, diagnostics) = found(source);
    let own = |range, text: &str| {
        let edits = vec![Edit::replace(range, text)];
        choose(
            source,
            &rules(),
            &FileContext::default(),
            edits,
            &[&diagnostics[0]],
        )
    };
    assert_eq!(
        own(5..10, "n.other").unwrap(),
        "from n.other import A\nx = 1\n"
    );
    assert!(own(5..10, "n..(").unwrap_err().starts_with("I1"));
    assert!(own(20..25, "y = 2").unwrap_err().starts_with('I'));
    assert!(
        own(18..19, "B").unwrap_err().starts_with('I'),
        "the bound name"
    );
    assert!(own(5..10, "a.two").unwrap_err().starts_with("I4"));
}

proptest! {
    /// Whatever is chosen, in units, can be proven.
    #[test]
    fn every_choice_of_units_holds(lines in prop::collection::vec(0usize..9, 1..7), mask in any::<u8>()) {
        let statements = [
            "from a.one import A\n", "from a.one import B\n", "from a.two import A\n",
            "from a.one import A, B, Z\n", "import a.one\n", "x = a.one.A\n",
            "from a import one\n", "y = one.B\n", "def f():\n    from a.one import A\n    return A\n",
        ];
        let source: String = lines.iter().map(|&at| statements[at]).collect();
        let result = rewrite(&source, &rules(), &FileContext::default());
        prop_assume!(matches!(result.outcome, Outcome::Changed { .. }));
        let units = units(&source, &rules(), &FileContext::default(), &result.diagnostics);
        let taken: Vec<usize> = units
            .iter()
            .enumerate()
            .filter(|(at, _)| mask >> (at % 8) & 1 == 1)
            .flat_map(|(_, unit)| unit.clone())
            .collect();
        let text = chosen(&source, &taken, &result.diagnostics);
        prop_assert!(text.is_ok(), "{source}\n{units:?} {taken:?} {text:?}");
    }
}
