//! What one file asks the others for: that decides which files must be judged again when another
//! file turns out to give more, and in which order.

use std::cell::RefCell;
use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashSet, FxHasher};

use super::given::{Foreign, Given, GivenFixture, Home};

/// One thing that a file may ask for, as a number: two questions with the same number only cost a
/// needless look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question(u32);

impl Question {
    fn of(parts: impl Hash) -> Self {
        let mut hasher = FxHasher::default();
        parts.hash(&mut hasher);
        Self((hasher.finish() >> 32) as u32)
    }

    /// Whether the module gives anything.
    pub fn module(module: &str) -> Self {
        Self::of((0_u8, module))
    }

    /// What a name of the module stands for.
    pub fn name(module: &str, name: &str) -> Self {
        Self::of((1_u8, module, name))
    }

    /// Which names the module gives, and what they stand for.
    pub fn names(module: &str) -> Self {
        Self::of((5_u8, module))
    }

    /// Something of the module: an answer that never changes by itself, but tells who is asked.
    pub fn of_module(module: &str) -> Self {
        Self::of((3_u8, module))
    }

    /// Something of the file at `path`, likewise.
    pub fn of_file(path: &str) -> Self {
        Self::of((4_u8, path))
    }

    /// What a class is that stands at the top of the file at `path`.
    pub fn class(path: &str, name: &str) -> Self {
        Self::of((2_u8, path, name))
    }
}

/// Everything that a file asked for, in order; fixtures are not among it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked(Box<[Question]>);

impl Asked {
    /// Each question.
    pub fn iter(&self) -> impl Iterator<Item = Question> {
        self.0.iter().copied()
    }

    /// What either asked for.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        self.0.iter().chain(&other.0).copied().collect()
    }
}

impl FromIterator<Question> for Asked {
    fn from_iter<I: IntoIterator<Item = Question>>(all: I) -> Self {
        let mut all: Vec<Question> = all.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        Self(all.into_boxed_slice())
    }
}

/// What the files around one give, with a note of all that it asks for.
#[derive(Debug)]
pub struct Asking<'f> {
    foreign: &'f Foreign,
    asked: RefCell<FxHashSet<Question>>,
}

impl<'f> Asking<'f> {
    /// Nothing is asked for yet.
    pub fn of(foreign: &'f Foreign) -> Self {
        Self {
            foreign,
            asked: RefCell::default(),
        }
    }

    /// Everything that was asked for.
    pub fn asked(self) -> Asked {
        self.asked.into_inner().into_iter().collect()
    }

    fn note(&self, question: Question) {
        self.asked.borrow_mut().insert(question);
    }

    /// Whether the module gives anything.
    pub(super) fn is_giver(&self, module: &str) -> bool {
        self.note(Question::module(module));
        self.note(Question::of_module(module));
        self.foreign.module(module).is_some()
    }

    /// What a name of the module stands for.
    pub(super) fn name(&self, module: &str, name: &str) -> Option<&'f Given> {
        self.note(Question::name(module, name));
        self.note(Question::of_module(module));
        self.foreign.module(module)?.names.get(name)
    }

    /// The names of the module that stand for something.
    pub(super) fn names(&self, module: &str) -> impl Iterator<Item = &'f str> {
        self.note(Question::names(module));
        self.note(Question::of_module(module));
        let found = self.foreign.module(module);
        found
            .into_iter()
            .flat_map(|given| given.names.keys().map(String::as_str))
    }

    /// The class at `home`, as its file tells it.
    pub(super) fn class(&self, home: &Home) -> Option<&'f Given> {
        self.note(Question::class(&home.path, &home.name));
        self.note(Question::of_file(&home.path));
        self.foreign.file(&home.path)?.names.get(&home.name)
    }

    /// The fixture `name` for the file at `path`.
    pub(super) fn fixture(&self, path: &str, name: &str) -> Option<&'f GivenFixture> {
        self.foreign.fixture(path, name)
    }

    /// Whether there are fixtures for the file at `path`.
    pub(super) fn has_fixtures(&self, path: &str) -> bool {
        self.foreign.has_fixtures(path)
    }
}
