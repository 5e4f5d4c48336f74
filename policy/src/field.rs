//! The fields of an answer and the data group of each, as a tree.

use std::sync::Arc;

use crate::GroupSet;
use crate::pointer::{Pointer, Segment};

/// A place in the answer: a field of a data group, or an object or list on the way to one.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// The place, as a pointer: fit for a record.
    pub(crate) path: Arc<str>,
    /// The groups of the fields here and below.
    pub(crate) groups: GroupSet,
    /// Whether a field here or below may always pass.
    always: bool,
    pub(crate) shape: Shape,
}

/// What is known about a place.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// A field: everything here and below belongs to one group, or may always pass.
    Whole,
    /// An object on the way to fields, its members sorted by name.
    Members(Vec<(Arc<str>, Field)>),
    /// A list on the way to fields.
    Each(Box<Field>),
}

/// To whom a field belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The data group with this index.
    Group(usize),
    /// Nobody: it holds no personal data and may always pass.
    Always,
}

/// Why a field cannot be added to a tree: `other` is in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) other: String,
    pub(crate) how: &'static str,
}

impl Field {
    /// The tree for these fields, with everything that is in the way of each other by index.
    pub(crate) fn tree<'p>(
        fields: impl IntoIterator<Item = (&'p Pointer, Owner)>,
    ) -> (Field, Vec<(usize, Conflict)>) {
        let mut root = Field::unknown("");
        let mut conflicts = Vec::new();
        for (index, (pointer, owner)) in fields.into_iter().enumerate() {
            if let Err(conflict) = root.insert(pointer.segments(), owner) {
                conflicts.push((index, conflict));
            }
        }
        (root, conflicts)
    }

    /// Whether a field here or below may pass when these groups are released.
    pub(crate) fn is_released(&self, groups: GroupSet) -> bool {
        self.always || self.groups.intersects(groups)
    }

    /// The place below that a pointer leads to.
    pub(crate) fn at(&self, segments: &[Segment]) -> Option<&Field> {
        match (segments, &self.shape) {
            ([], _) => Some(self),
            ([Segment::Member(name), rest @ ..], Shape::Members(_)) => self.member(name)?.at(rest),
            ([Segment::Each, rest @ ..], Shape::Each(each)) => each.at(rest),
            _ => None,
        }
    }

    /// The member of that name.
    pub(crate) fn member(&self, name: &str) -> Option<&Field> {
        let Shape::Members(members) = &self.shape else {
            return None;
        };
        // Of few members most differ in length from the name, which is seen faster than their order.
        const FEW: usize = 8;
        let index = if members.len() <= FEW {
            members.iter().position(|(known, _)| **known == *name)
        } else {
            members
                .binary_search_by(|(known, _)| (**known).cmp(name))
                .ok()
        };
        members.get(index?).map(|(_, field)| field)
    }

    /// The place that a dotted path leads to, lists passed without mention: `partners.naam` for `/partners/*/naam`. A
    /// path that goes on inside a field leads to that field.
    pub(crate) fn at_dotted(&self, path: &str) -> Option<&Field> {
        let mut place = self.inside_lists();
        for name in path.split('.') {
            if name.is_empty() {
                return None;
            }
            if matches!(place.shape, Shape::Whole) {
                continue;
            }
            place = place.member(name)?.inside_lists();
        }
        Some(place)
    }

    /// The dotted paths, from here, of the fields below that may pass when these groups are released. `from` is the
    /// dotted path of this place itself.
    pub(crate) fn released_below(&self, from: &str, groups: GroupSet, paths: &mut Vec<String>) {
        match &self.shape {
            Shape::Whole if self.groups.intersects(groups) => paths.push(from.to_owned()),
            Shape::Whole => {}
            Shape::Each(each) => each.released_below(from, groups, paths),
            Shape::Members(members) => {
                for (name, field) in members {
                    let path = if from.is_empty() {
                        name.to_string()
                    } else {
                        format!("{from}.{name}")
                    };
                    field.released_below(&path, groups, paths);
                }
            }
        }
    }

    /// The first field below whose name has a dot: no dotted path leads there.
    pub(crate) fn undottable(&self) -> Option<&Arc<str>> {
        match &self.shape {
            Shape::Whole => None,
            Shape::Each(each) => each.undottable(),
            Shape::Members(members) => members.iter().find_map(|(name, member)| {
                if name.contains('.') {
                    Some(&member.path)
                } else {
                    member.undottable()
                }
            }),
        }
    }

    /// A place of which nothing is known yet.
    fn unknown(path: &str) -> Field {
        let shape = Shape::Members(Vec::new());
        Field {
            path: Arc::from(path),
            groups: GroupSet::EMPTY,
            always: false,
            shape,
        }
    }

    fn insert(&mut self, segments: &[Segment], owner: Owner) -> Result<(), Conflict> {
        let is_unknown = matches!(&self.shape, Shape::Members(members) if members.is_empty());
        let conflict = |how| {
            Err(Conflict {
                other: self.first_field(),
                how,
            })
        };
        match (&self.shape, segments) {
            (Shape::Whole, []) => return conflict("is named twice like"),
            (Shape::Whole, _) => return conflict("lies within"),
            (_, []) if !is_unknown => return conflict("covers"),
            (Shape::Each(_), [Segment::Member(_), ..]) => {
                return conflict("takes for an object what is a list in");
            }
            (Shape::Members(_), [Segment::Each, ..]) if !is_unknown => {
                return conflict("takes for a list what is an object in");
            }
            (_, []) => self.shape = Shape::Whole,
            (Shape::Members(_), [Segment::Each, ..]) => {
                self.shape = Shape::Each(Box::new(Field::unknown(&format!("{}/*", self.path))));
            }
            _ => {}
        }
        match (&mut self.shape, segments) {
            (Shape::Each(each), [_, rest @ ..]) => each.insert(rest, owner)?,
            (Shape::Members(members), [segment @ Segment::Member(name), rest @ ..]) => {
                let index = match members.binary_search_by(|(known, _)| known.cmp(name)) {
                    Ok(index) => index,
                    Err(index) => {
                        let member = Field::unknown(&format!("{}/{segment}", self.path));
                        members.insert(index, (name.clone(), member));
                        index
                    }
                };
                if let Some((_, member)) = members.get_mut(index) {
                    member.insert(rest, owner)?;
                }
            }
            _ => {}
        }
        match owner {
            Owner::Group(index) => self.groups = self.groups.union(GroupSet::only(index)),
            Owner::Always => self.always = true,
        }
        Ok(())
    }

    fn first_field(&self) -> String {
        match &self.shape {
            Shape::Each(each) => each.first_field(),
            Shape::Members(members) if !members.is_empty() => members
                .iter()
                .map(|(_, member)| member.first_field())
                .next()
                .unwrap_or_default(),
            _ => self.path.to_string(),
        }
    }

    fn inside_lists(&self) -> &Field {
        match &self.shape {
            Shape::Each(each) => each.inside_lists(),
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(fields: &[(&str, Owner)]) -> (Field, Vec<(usize, Conflict)>) {
        let pointers: Vec<(Pointer, Owner)> = fields
            .iter()
            .map(|(text, owner)| (Pointer::parse(text).unwrap(), *owner))
            .collect();
        Field::tree(pointers.iter().map(|(pointer, owner)| (pointer, *owner)))
    }

    fn conflict(fields: &[(&str, Owner)]) -> Option<(usize, &'static str, String)> {
        let (_, mut conflicts) = tree(fields);
        conflicts
            .pop()
            .map(|(index, conflict)| (index, conflict.how, conflict.other))
    }

    const NAMES: Owner = Owner::Group(0);
    const HOMES: Owner = Owner::Group(1);

    #[test]
    fn knows_the_group_of_every_place() {
        let (root, conflicts) = tree(&[
            ("/p/*/naam", NAMES),
            ("/p/*/adres/straat", HOMES),
            ("/p/*/adres/land", NAMES),
            ("/type", Owner::Always),
        ]);
        assert!(conflicts.is_empty());
        let person = root.at(Pointer::parse("/p/*").unwrap().segments()).unwrap();
        assert_eq!(&*person.path, "/p/*");
        assert_eq!(person.groups, GroupSet::only(0).union(GroupSet::only(1)));
        assert!(!person.is_released(GroupSet::EMPTY) && root.is_released(GroupSet::EMPTY));
        assert_eq!(
            person.at_dotted("naam.voornamen").unwrap().groups,
            GroupSet::only(0)
        );
        assert_eq!(person.at_dotted("adres").unwrap().groups, person.groups);
        assert_eq!(
            root.at_dotted("p.adres.straat").unwrap().groups,
            GroupSet::only(1)
        );
        for nowhere in [
            "",
            "adres.",
            ".naam",
            "adres..straat",
            "leeftijd",
            "adres.leeftijd",
        ] {
            assert!(person.at_dotted(nowhere).is_none(), "{nowhere}");
        }
        let mut paths = Vec::new();
        person.released_below("", GroupSet::only(0), &mut paths);
        assert_eq!(paths, ["adres.land", "naam"]);
    }

    #[test]
    fn a_field_belongs_to_one_group() {
        assert_eq!(
            conflict(&[("/a", NAMES), ("/a", HOMES)]),
            Some((1, "is named twice like", "/a".into()))
        );
        assert_eq!(
            conflict(&[("/a", NAMES), ("/a/b", HOMES)]),
            Some((1, "lies within", "/a".into()))
        );
        assert_eq!(
            conflict(&[("/a/b/c", NAMES), ("/a", HOMES)]),
            Some((1, "covers", "/a/b/c".into()))
        );
        assert_eq!(
            conflict(&[("/a/*/b", NAMES), ("/a/b", HOMES)]),
            Some((1, "takes for an object what is a list in", "/a/*/b".into()))
        );
        assert_eq!(
            conflict(&[("/a/b", NAMES), ("/a/*/b", HOMES)]),
            Some((1, "takes for a list what is an object in", "/a/b".into()))
        );
        assert_eq!(
            conflict(&[("/a/b", NAMES), ("/a/c", NAMES), ("/*", NAMES)])
                .unwrap()
                .0,
            2
        );
    }
}
