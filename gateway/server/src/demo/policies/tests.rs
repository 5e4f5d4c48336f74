use std::collections::BTreeSet;
use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use sluis_policy::{Decision, Direction, PolicySet, PurposeBinding, Question};

use super::*;
use crate::clock::Clock;
use crate::demo::cases::Cases;
use crate::demo::parties::{self, Party};
use crate::demo::persons::Persons;
use crate::demo::sources::brp::BrpSource;
use crate::demo::sources::testing::{loopback, send};
use crate::demo::sources::zaken::ZakenSource;

const FOLDERS: [(Party, PolicyFolder); 3] = [
    (parties::VOORBEELD, VOORBEELD),
    (parties::UIW, UIW),
    (parties::SSC, SSC),
];

/// Tuesday 2026-11-24T13:00:00Z, two o'clock in the afternoon in the Netherlands.
const OFFICE_HOURS: i64 = 1_795_525_200;
/// Sunday 2026-11-22T20:00:00Z.
const SUNDAY_EVENING: i64 = 1_795_377_600;

fn compiled(folder: PolicyFolder) -> PolicySet {
    PolicySet::compile(&folder.source()).unwrap_or_else(|errors| panic!("{errors}"))
}

/// What a folder says to a request under a contract.
fn decision(
    folder: PolicyFolder,
    (direction, party): (Direction, Party),
    (service, method, path, body): (&str, &str, &str, &str),
    contract: &Map<String, Value>,
    (purpose, role, channel): (&str, &str, &str),
    at_unix_seconds: i64,
) -> Decision {
    let set = compiled(folder);
    let candidates = set.service(service).unwrap().candidates(method, path);
    let asked = candidates.read(Some(body.as_bytes())).unwrap();
    let binding = PurposeBinding::from_properties(Some(contract)).unwrap();
    set.decide(&Question {
        direction,
        party: party.oin,
        delegator: None,
        asked: &asked,
        purpose: Some(purpose),
        role: Some(role),
        channel: Some(channel),
        contract: binding.as_ref(),
        at_unix_seconds,
    })
}

/// The groups that are released, or the code of the reason.
fn outcome(decision: &Decision) -> Result<Vec<&str>, &'static str> {
    match &decision.verdict {
        Ok(_) => Ok(decision.permitted.iter().map(AsRef::as_ref).collect()),
        Err(reason) => Err(reason.code()),
    }
}

const PERSON: (&str, &str, &str, &str) = (
    "brp-personen",
    "POST",
    "/haalcentraal/api/brp/personen",
    r#"{"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["999904000"],
        "fields":["naam","verblijfplaats","kinderen.naam","nationaliteiten"]}"#,
);
const CASE: (&str, &str, &str, &str) = (
    "zaken",
    "GET",
    "/zaken/api/v1/zaken/6f0f5b6e-0b5c-4c62-9d4c-6d0f4c1f7a11",
    "",
);
/// Gemeente Voorbeeld asks Uitvoeringsinstituut Werk, as each of the two sees it.
const OBTAIN: (Direction, Party) = (Direction::Obtain, parties::UIW);
const DISCLOSE: (Direction, Party) = (Direction::Disclose, parties::VOORBEELD);
const INCOME: (&str, &str, &str) = ("bijstand-aanvraag", "inkomensconsulent", "balie");

#[test]
fn every_folder_compiles_and_passes_the_cases_of_its_author() {
    for (party, folder) in FOLDERS {
        let results = compiled(folder).run_tests();
        assert!(!results.is_empty());
        for result in results {
            assert!(result.passed(), "{}: {result:#?}", party.name);
        }
    }
}

#[test]
fn every_file_of_a_folder_is_embedded() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/demo/policies");
    for (party, embedded) in FOLDERS {
        for kind in ["activities", "rules", "tests"] {
            let path = format!("{folder}/{}/{kind}", party.short);
            for file in std::fs::read_dir(path).into_iter().flatten() {
                let name = format!("{kind}/{}", file.unwrap().file_name().display());
                assert!(
                    embedded.files().iter().any(|(path, _)| *path == name),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn a_folder_can_be_written_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    UIW.write_to(folder.path()).unwrap();
    for (path, text) in UIW.files() {
        assert_eq!(
            std::fs::read_to_string(folder.path().join(path)).unwrap(),
            *text
        );
    }
}

/// Activity and legal basis of what is in force in a register.
fn in_force(folder: PolicyFolder) -> BTreeSet<(String, String)> {
    let set = compiled(folder);
    set.activities()
        .filter(|activity| activity.valid_until.is_none())
        .map(|activity| {
            (
                activity.name.to_string(),
                activity.legal_basis.text().to_string(),
            )
        })
        .collect()
}

#[test]
fn contracts_and_registers_differ_only_where_the_story_needs_it() {
    let purposes = |contract: &Map<String, Value>| {
        let binding = PurposeBinding::from_properties(Some(contract))
            .unwrap()
            .unwrap();
        binding
            .purposes()
            .iter()
            .map(|purpose| {
                (
                    purpose.activity.to_string(),
                    purpose.legal_basis.to_string(),
                )
            })
            .collect::<BTreeSet<_>>()
    };
    let (consumer, provider) = (in_force(VOORBEELD), in_force(UIW));
    let persons = purposes(&contract::brp_personen());
    assert!(persons.is_subset(&consumer));
    let unknown: Vec<&str> = persons
        .difference(&provider)
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(unknown, ["schuldhulpverlening"]);
    let cases = purposes(&contract::zaken());
    assert!(cases.is_subset(&consumer) && cases.is_subset(&in_force(SSC)));
    for name in ["terugvordering-bijstand", "handhaving-bijstand"] {
        let has =
            |register: &BTreeSet<(String, String)>| register.iter().any(|(known, _)| known == name);
        assert!(has(&consumer) && has(&provider) && !has(&persons));
    }
}

#[test]
fn each_side_narrows_to_its_own_register() {
    for (folder, way, released) in [
        (VOORBEELD, OBTAIN, &["identiteit", "adres", "kinderen"][..]),
        (UIW, DISCLOSE, &["identiteit", "adres"]),
    ] {
        let contract = contract::brp_personen();
        let decision = decision(folder, way, PERSON, &contract, INCOME, OFFICE_HOURS);
        assert_eq!(outcome(&decision).unwrap(), released);
    }
}

#[test]
fn a_purpose_fails_where_the_three_do_not_agree() {
    let debts = ("schuldhulpverlening", "schuldhulpverlener", "balie");
    let recovery = (
        "terugvordering-bijstand",
        "medewerker-terugvordering",
        "balie",
    );
    let curiosity = ("nieuwsgierigheid", "inkomensconsulent", "balie");
    let trainee = ("bijstand-aanvraag", "stagiair", "balie");
    let stranger = (Direction::Disclose, parties::SSC);
    for (folder, way, said, expected) in [
        (VOORBEELD, OBTAIN, debts, None),
        (UIW, DISCLOSE, debts, Some("purpose-not-in-register")),
        (VOORBEELD, OBTAIN, recovery, Some("purpose-not-in-contract")),
        (UIW, DISCLOSE, curiosity, Some("purpose-not-in-contract")),
        (UIW, DISCLOSE, trainee, Some("role-not-allowed")),
        (UIW, stranger, INCOME, Some("party-not-recipient")),
    ] {
        let contract = contract::brp_personen();
        let decision = decision(folder, way, PERSON, &contract, said, OFFICE_HOURS);
        assert_eq!(
            outcome(&decision).err(),
            expected,
            "{said:?}: {}",
            decision.explanation
        );
    }
}

#[test]
fn sensitive_data_wait_for_office_hours() {
    let body = r#"{"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["999904899"],
        "fields":["naam","nationaliteiten","verblijfstitel"]}"#;
    let question = (PERSON.0, PERSON.1, PERSON.2, body);
    let said = ("verblijfsrecht-bijstand", "inkomensconsulent", "web");
    let contract = contract::brp_personen();
    let at = |moment| decision(UIW, DISCLOSE, question, &contract, said, moment);
    let all = ["identiteit", "nationaliteit", "verblijfsrecht"];
    assert_eq!(outcome(&at(OFFICE_HOURS)).unwrap(), all);
    assert_eq!(outcome(&at(SUNDAY_EVENING)), Err("forbidden-by-rule"));
}

#[test]
fn the_counter_sees_how_far_a_case_is_and_not_what_it_is_about() {
    let said = ("zaakstatus-inlichten", "klantcontactmedewerker", "telefoon");
    for (folder, way) in [
        (VOORBEELD, (Direction::Obtain, parties::SSC)),
        (SSC, DISCLOSE),
    ] {
        let contract = contract::zaken();
        let decision = decision(folder, way, CASE, &contract, said, SUNDAY_EVENING);
        assert_eq!(outcome(&decision).unwrap(), ["zaak", "voortgang"]);
    }
}

/// A question that the policy narrowed is one that the source answers; what a careless source
/// answers is brought back to what the policy released.
#[tokio::test]
async fn policy_and_source_fit_each_other() {
    let (clock, _hand) = Clock::fixed(1000 * OFFICE_HOURS.unsigned_abs());
    let persons = Arc::new(Persons::load().unwrap());
    let source = BrpSource::start(loopback().await, persons, clock).unwrap();
    source.answer_everything(true);
    let contract = contract::brp_personen();
    let decision = decision(UIW, DISCLOSE, PERSON, &contract, INCOME, OFFICE_HOURS);
    let release = decision.verdict.unwrap();

    let question = release.narrow(PERSON.3.as_bytes()).unwrap();
    let narrowed: Value = serde_json::from_slice(&question).unwrap();
    assert_eq!(narrowed["fields"], json!(["naam", "verblijfplaats"]));
    let (address, headers) = (
        source.source().address(),
        [("content-type", "application/json")],
    );
    let answer = send(address, false, Method::POST, PERSON.2, &headers, question).await;
    assert_eq!(answer.status, StatusCode::OK);

    let minimised = release
        .minimise(answer.body.to_string().as_bytes())
        .unwrap();
    let released: Value = serde_json::from_slice(&minimised.body).unwrap();
    let person = released["personen"][0].as_object().unwrap();
    let members: BTreeSet<&str> = person.keys().map(String::as_str).collect();
    let of_released_groups = [
        "adressering",
        "burgerservicenummer",
        "datumInschrijvingInGemeente",
        "gemeenteVanInschrijving",
        "naam",
        "verblijfplaats",
    ];
    assert_eq!(members, of_released_groups.into());
    let dropped: Vec<&str> = minimised
        .dropped
        .iter()
        .map(|line| line.path.as_ref())
        .collect();
    for path in [
        "/personen/*/aNummer",
        "/personen/*/nationaliteiten",
        "/personen/*/ouders",
    ] {
        assert!(dropped.contains(&path), "{path} in {dropped:?}");
    }
}

/// Of the roles in a case, an income consultant sees who and not where; of the case, the counter
/// sees how far it is.
#[tokio::test]
async fn policy_and_case_system_fit_each_other() {
    let cases = Cases::load(Arc::new(Persons::load().unwrap())).unwrap();
    let source = ZakenSource::start(loopback().await, &cases, None).unwrap();
    let (address, crs) = (source.source().address(), [("accept-crs", "EPSG:4326")]);
    let zaak = source.holds().zaken[0]["url"].as_str().unwrap();
    let counter = ("zaakstatus-inlichten", "klantcontactmedewerker", "balie");
    let roles = ("zaken", "GET", "/zaken/api/v1/rollen", "");
    let roles_of_case = format!("{}?zaak={zaak}", roles.2);
    let mut released = Vec::new();
    for (question, said, target) in [
        (roles, INCOME, roles_of_case.as_str()),
        (CASE, counter, zaak),
    ] {
        let contract = contract::zaken();
        let decision = decision(SSC, DISCLOSE, question, &contract, said, OFFICE_HOURS);
        let release = decision.verdict.unwrap();
        let answer = send(address, false, Method::GET, target, &crs, String::new()).await;
        let minimised = release
            .minimise(answer.body.to_string().as_bytes())
            .unwrap();
        released.push((
            serde_json::from_slice::<Value>(&minimised.body).unwrap(),
            minimised,
        ));
    }
    let (roles, minimised) = &released[0];
    assert_eq!(roles["count"], 3);
    let applicant = roles["results"][0]["betrokkeneIdentificatie"]
        .as_object()
        .unwrap();
    assert_eq!(applicant["geslachtsnaam"], "Wit");
    for withheld in ["inpA_nummer", "geboortedatum", "verblijfsadres"] {
        assert!(!applicant.contains_key(withheld));
        let path = format!("/results/*/betrokkeneIdentificatie/{withheld}");
        assert!(
            minimised.dropped.iter().any(|line| *line.path == *path),
            "{path}"
        );
    }
    assert_eq!(minimised.subjects.len(), 2);
    let (case, _) = &released[1];
    assert_eq!(case["startdatum"], "2026-11-02");
    for withheld in ["omschrijving", "toelichting", "rollen", "archiefstatus"] {
        assert!(case.get(withheld).is_none(), "{withheld}");
    }
}
