//! A question to the person register, read and checked as BRP Personen Bevragen 2.x prescribes.

use serde_json::{Map, Value};
use time::Date;

use super::askable::Askable;
use super::fields::Fields;
use super::pattern::Pattern;
use super::problem::InvalidParam;
use crate::demo::persons::PartialDate;

const FIELDS_MAX: usize = 130;
const FIELD_CHARS_MAX: usize = 200;
const NUMBERS_MAX: usize = 20;

/// The seven ways to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SearchType {
    Number,
    SurnameAndBirth,
    NameAndMunicipality,
    PostcodeAndHouseNumber,
    StreetAndMunicipality,
    AddressId,
    DwellingId,
}

impl SearchType {
    const ALL: [Self; 7] = [
        Self::Number,
        Self::SurnameAndBirth,
        Self::NameAndMunicipality,
        Self::PostcodeAndHouseNumber,
        Self::StreetAndMunicipality,
        Self::AddressId,
        Self::DwellingId,
    ];

    /// Name as it stands in `type`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Number => "RaadpleegMetBurgerservicenummer",
            Self::SurnameAndBirth => "ZoekMetGeslachtsnaamEnGeboortedatum",
            Self::NameAndMunicipality => "ZoekMetNaamEnGemeenteVanInschrijving",
            Self::PostcodeAndHouseNumber => "ZoekMetPostcodeEnHuisnummer",
            Self::StreetAndMunicipality => "ZoekMetStraatHuisnummerEnGemeenteVanInschrijving",
            Self::AddressId => "ZoekMetNummeraanduidingIdentificatie",
            Self::DwellingId => "ZoekMetAdresseerbaarObjectIdentificatie",
        }
    }

    fn askable(self) -> Askable {
        match self {
            Self::Number => Askable::Person,
            Self::DwellingId => Askable::LimitedWithAuthority,
            _ => Askable::Limited,
        }
    }

    fn required(self) -> &'static [&'static str] {
        match self {
            Self::Number => &["burgerservicenummer"],
            Self::SurnameAndBirth => &["geboortedatum", "geslachtsnaam"],
            Self::NameAndMunicipality => &["gemeenteVanInschrijving", "geslachtsnaam", "voornamen"],
            Self::PostcodeAndHouseNumber => &["huisnummer", "postcode"],
            Self::StreetAndMunicipality => &["gemeenteVanInschrijving", "huisnummer", "straat"],
            Self::AddressId => &["nummeraanduidingIdentificatie"],
            Self::DwellingId => &["adresseerbaarObjectIdentificatie"],
        }
    }

    fn optional(self) -> &'static [&'static str] {
        match self {
            Self::Number => &[],
            Self::SurnameAndBirth => &["geslacht", "voorvoegsel", "voornamen"],
            Self::NameAndMunicipality => &["geslacht", "voorvoegsel"],
            Self::PostcodeAndHouseNumber => &[
                "huisletter",
                "huisnummertoevoeging",
                "geboortedatum",
                "geslachtsnaam",
            ],
            Self::StreetAndMunicipality => &["huisletter", "huisnummertoevoeging"],
            Self::AddressId | Self::DwellingId => &[],
        }
    }

    fn knows(self, name: &str) -> bool {
        matches!(name, "type" | "fields" | "gemeenteVanInschrijving")
            || (name == "inclusiefOverledenPersonen" && self != Self::Number)
            || self.required().contains(&name)
            || self.optional().contains(&name)
    }
}

/// A question that is in order.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) kind: SearchType,
    pub(super) fields: Fields,
    pub(super) criteria: Criteria,
}

/// What a person must be like to be found. A criterion that is absent is met by everybody.
#[derive(Debug, Default)]
pub(super) struct Criteria {
    pub(super) numbers: Vec<String>,
    pub(super) surname: Option<Pattern>,
    pub(super) given_names: Option<Pattern>,
    pub(super) prefix: Option<String>,
    pub(super) sex: Option<String>,
    pub(super) born: Option<Date>,
    pub(super) postcode: Option<String>,
    pub(super) street: Option<Pattern>,
    pub(super) house_number: Option<u32>,
    pub(super) house_letter: Option<String>,
    pub(super) house_addition: Option<String>,
    pub(super) municipality: Option<String>,
    pub(super) address_id: Option<String>,
    pub(super) dwelling_id: Option<String>,
    pub(super) with_deceased: bool,
}

impl Query {
    /// Reads the body of a question.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
    pub(super) fn read(body: &Value) -> Result<Self, Vec<InvalidParam>> {
        let empty = Map::new();
        let params = body.as_object().unwrap_or(&empty);
        let kind = search_type(params).map_err(|invalid| vec![invalid])?;
        let mut invalid = Vec::new();
        for name in kind.required() {
            if is_missing(params.get(*name)) {
                invalid.push(required(name));
            }
        }
        for name in params.keys().filter(|name| !kind.knows(name)) {
            invalid.push(wrong(
                &presentable(name),
                "unknownParam",
                "Parameter is niet verwacht.",
            ));
        }
        let fields = match params.get("fields") {
            None | Some(Value::Null) => {
                invalid.push(required("fields"));
                Fields::default()
            }
            Some(fields) => read_fields(kind, fields, &mut invalid),
        };
        let mut criteria = Criteria::default();
        for (name, value) in params {
            if kind.knows(name) && !is_missing(Some(value)) {
                criteria.read(name, value, &mut invalid);
            }
        }
        if invalid.is_empty() {
            Ok(Self {
                kind,
                fields,
                criteria,
            })
        } else {
            Err(invalid)
        }
    }
}

fn search_type(params: &Map<String, Value>) -> Result<SearchType, InvalidParam> {
    match params.get("type") {
        None | Some(Value::Null) => Err(required("type")),
        Some(value) => SearchType::ALL
            .into_iter()
            .find(|kind| value.as_str() == Some(kind.name()))
            .ok_or_else(|| wrong("type", "value", "Waarde is geen geldig zoek type.")),
    }
}

fn read_fields(kind: SearchType, value: &Value, invalid: &mut Vec<InvalidParam>) -> Fields {
    let mut fields = Fields::default();
    for (index, path) in items("fields", value, FIELDS_MAX, invalid)
        .iter()
        .enumerate()
    {
        let name = format!("fields.{index}");
        match path.as_str().filter(|path| is_path(path)) {
            None => invalid.push(off_pattern(&name)),
            Some(path) if !fields.ask(kind.askable(), path) => invalid.push(wrong(
                &name,
                "fields",
                "Parameter bevat een niet bestaande veldnaam.",
            )),
            Some(_) => {}
        }
    }
    fields
}

impl Criteria {
    fn read(&mut self, name: &str, value: &Value, invalid: &mut Vec<InvalidParam>) {
        let text = value.as_str();
        let matching = |test: fn(&str) -> bool| text.filter(|text| test(text)).map(str::to_owned);
        let fits = match name {
            "burgerservicenummer" => {
                self.read_numbers(value, invalid);
                return;
            }
            "geboortedatum" => match text.and_then(|text| text.parse().ok()) {
                Some(PartialDate::Full(date)) => set(&mut self.born, Some(date)),
                _ => {
                    invalid.push(wrong(name, "date", "Waarde is geen geldige datum."));
                    return;
                }
            },
            "huisnummer" => match value.as_u64() {
                Some(number @ 1..=99_999) => {
                    set(&mut self.house_number, u32::try_from(number).ok())
                }
                Some(_) => false,
                None => {
                    invalid.push(wrong(name, "integer", "Waarde is geen geldig getal."));
                    return;
                }
            },
            "inclusiefOverledenPersonen" => match value.as_bool() {
                Some(flag) => {
                    self.with_deceased = flag;
                    true
                }
                None => {
                    invalid.push(wrong(name, "boolean", "Waarde is geen boolean."));
                    return;
                }
            },
            "geslachtsnaam" => set(&mut self.surname, text.and_then(|t| Pattern::name(t, 3))),
            "voornamen" => set(
                &mut self.given_names,
                text.and_then(|t| Pattern::name(t, 1)),
            ),
            "straat" => set(&mut self.street, text.and_then(Pattern::street)),
            "voorvoegsel" => set(&mut self.prefix, matching(is_prefix)),
            "geslacht" => set(&mut self.sex, matching(is_sex)),
            "postcode" => set(&mut self.postcode, text.and_then(normal_postcode)),
            "huisletter" => set(&mut self.house_letter, matching(is_letter)),
            "huisnummertoevoeging" => set(&mut self.house_addition, matching(is_addition)),
            "gemeenteVanInschrijving" => {
                set(&mut self.municipality, matching(|text| digits(text, 4)))
            }
            "nummeraanduidingIdentificatie" => set(&mut self.address_id, matching(is_bag_id)),
            "adresseerbaarObjectIdentificatie" => set(&mut self.dwelling_id, matching(is_bag_id)),
            _ => true,
        };
        if !fits {
            invalid.push(off_pattern(name));
        }
    }

    fn read_numbers(&mut self, value: &Value, invalid: &mut Vec<InvalidParam>) {
        const NAME: &str = "burgerservicenummer";
        for (index, item) in items(NAME, value, NUMBERS_MAX, invalid).iter().enumerate() {
            match item.as_str().filter(|text| digits(text, 9)) {
                Some(number) => self.numbers.push(number.to_owned()),
                None => invalid.push(off_pattern(&format!("{NAME}.{index}"))),
            }
        }
    }
}

fn set<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    *slot = value;
    slot.is_some()
}

/// The items of a list of 1 to `max`; none of a list that is too long or no list.
fn items<'a>(
    name: &str,
    value: &'a Value,
    max: usize,
    invalid: &mut Vec<InvalidParam>,
) -> &'a [Value] {
    match value.as_array().map(Vec::as_slice) {
        None => invalid.push(wrong(name, "array", "Parameter is geen array.")),
        Some([]) => invalid.push(wrong(name, "minItems", "Array bevat minder dan 1 items.")),
        Some(items) if items.len() > max => {
            let reason = format!("Array bevat meer dan {max} items.");
            invalid.push(wrong(name, "maxItems", &reason));
        }
        Some(items) => return items,
    }
    &[]
}

fn is_missing(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(value) => value.as_str() == Some(""),
    }
}

fn required(name: &str) -> InvalidParam {
    wrong(name, "required", "Parameter is verplicht.")
}

fn off_pattern(name: &str) -> InvalidParam {
    wrong(name, "pattern", "Waarde voldoet niet aan het patroon.")
}

fn wrong(name: &str, code: &'static str, reason: &str) -> InvalidParam {
    InvalidParam {
        name: name.to_owned(),
        code,
        reason: reason.to_owned(),
    }
}

/// The name of an unexpected parameter, unless it could be something else than a name: a caller may
/// have put personal data there.
fn presentable(name: &str) -> String {
    let is_name = name.len() <= 30 && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    if is_name && !name.is_empty() {
        name.to_owned()
    } else {
        "onbekend".to_owned()
    }
}

fn is_path(text: &str) -> bool {
    (1..=FIELD_CHARS_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_')
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_bag_id(text: &str) -> bool {
    digits(text, 16) && text.bytes().any(|byte| byte != b'0')
}

fn is_sex(text: &str) -> bool {
    matches!(text, "M" | "m" | "V" | "v" | "O" | "o")
}

fn is_prefix(text: &str) -> bool {
    (1..=10).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b' ' || byte == b'\'')
}

fn is_letter(text: &str) -> bool {
    text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_addition(text: &str) -> bool {
    (1..=4).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b' ' || byte == b'-')
}

/// A postcode without its space, in capitals: `1999 ab` is `1999AB`.
fn normal_postcode(text: &str) -> Option<String> {
    let (number, letters) = text.split_at_checked(4)?;
    let letters = letters.strip_prefix(' ').unwrap_or(letters);
    let fits = digits(number, 4)
        && !number.starts_with('0')
        && letters.len() == 2
        && letters.bytes().all(|byte| byte.is_ascii_alphabetic());
    fits.then(|| format!("{number}{}", letters.to_ascii_uppercase()))
}
