//! The kinds of request that are measured, with what the source answers.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::request::ID_LENGTH;

/// One kind of request.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    /// Name in the table.
    pub(crate) name: &'static str,
    /// Request line without version.
    pub(crate) target: &'static str,
    /// Body of the request; empty for none.
    pub(crate) question: &'static str,
    /// Media type of the answer.
    pub(crate) media_type: &'static str,
    /// What the source answers.
    pub(crate) answer: Answer,
    /// A word that the source answers and our gateway must leave out; empty where nothing is filtered.
    pub(crate) withheld: &'static str,
    /// Requests in one measurement.
    pub(crate) requests: u64,
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// These bytes.
    Bytes(Arc<[u8]>),
    /// So many bytes, a multiple of [`PIECE`].
    Long(u64),
}

/// A long answer is written in pieces of this many bytes.
pub(crate) const PIECE: usize = 64 * 1024;

/// The path prefix of the outway's destination; the bare proxy passes it on, and the source does not look at it.
pub(crate) const PREFIX: &str = "/werk";

/// One person, asked for by number; the fields are narrowed and the answer is filtered.
pub(crate) fn person() -> Shape {
    Shape {
        name: "1.5 KB person",
        target: "POST /haalcentraal/api/brp/personen",
        question: r#"{"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["999990019"],"fields":["burgerservicenummer","naam","verblijfplaats","partners.naam"]}"#,
        media_type: "application/json; charset=utf-8",
        answer: json_answer(
            &json!({ "type": "RaadpleegMetBurgerservicenummer", "personen": [one_person()] }),
        ),
        withheld: "nationaliteiten",
        requests: 30_000,
    }
}

/// One case, asked for by path; the answer is filtered.
pub(crate) fn case() -> Shape {
    Shape {
        name: "1.5 KB case",
        target: "GET /zaken/api/v1/zaken/6b1f0d5e-3f0c-4f5b-9a55-7f1f0d2c9e01",
        question: "",
        media_type: "application/json",
        answer: json_answer(&one_case(1)),
        withheld: "toelichting",
        requests: 30_000,
    }
}

/// A page of cases; the answer is filtered.
pub(crate) fn cases() -> Shape {
    let results: Vec<Value> = (1..=23).map(one_case).collect();
    Shape {
        name: "32 KB cases",
        target: "GET /zaken/api/v1/zaken?page=1",
        question: "",
        media_type: "application/json",
        answer: json_answer(
            &json!({ "count": results.len(), "next": null, "previous": null, "results": results }),
        ),
        withheld: "toelichting",
        requests: 15_000,
    }
}

/// A document that is passed on unread.
pub(crate) fn document() -> Shape {
    Shape {
        name: "256 KB document",
        target: "GET /documenten/api/v1/bestanden/256-kib",
        question: "",
        media_type: "application/octet-stream",
        answer: Answer::Bytes(vec![0x5a; 256 * 1024].into()),
        withheld: "",
        requests: 20_000,
    }
}

/// A document of 1 GiB, for memory.
pub(crate) fn large_document() -> Shape {
    Shape {
        name: "1 GiB document",
        target: "GET /documenten/api/v1/bestanden/1-gib",
        answer: Answer::Long(1 << 30),
        requests: 1,
        ..document()
    }
}

impl Shape {
    /// The request as bytes, with zeros in place of the transaction id, and where that id stands.
    pub(crate) fn request(&self, prefix: &str, headers: &[(&str, &str)]) -> (Vec<u8>, usize) {
        let (method, path) = self.target.split_once(' ').unwrap_or(("GET", "/"));
        let mut text = format!(
            "{method} {prefix}{path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n"
        );
        for (name, value) in headers {
            text.extend([name, ": ", value, "\r\n"]);
        }
        if !self.question.is_empty() {
            text.push_str(&format!(
                "content-type: application/json\r\ncontent-length: {}\r\n",
                self.question.len()
            ));
        }
        text.push_str("fsc-transaction-id: ");
        let at = text.len();
        text.push_str(&"0".repeat(ID_LENGTH));
        text.push_str("\r\n\r\n");
        text.push_str(self.question);
        (text.into_bytes(), at)
    }

    /// Whether a request line, as the source sees it, asks for this.
    pub(crate) fn is_asked_in(&self, request_line: &[u8]) -> bool {
        let path = self
            .target
            .split_once(' ')
            .map_or(self.target, |(_, path)| path)
            .as_bytes();
        let path = path.split(|&byte| byte == b'?').next().unwrap_or_default();
        let asked = request_line
            .split(|&byte| byte == b' ')
            .nth(1)
            .unwrap_or_default();
        let asked = asked.split(|&byte| byte == b'?').next().unwrap_or_default();
        asked.ends_with(path)
    }
}

fn json_answer(value: &Value) -> Answer {
    Answer::Bytes(value.to_string().into_bytes().into())
}

/// A person of our own making; the number is one for tests.
fn one_person() -> Value {
    let parent = |name: &str, born: &str| {
        json!({
            "naam": { "voornamen": name, "geslachtsnaam": "Voorbeeldmaker" },
            "geboorte": { "datum": { "type": "Datum", "datum": born, "langFormaat": born } },
            "ouderAanduiding": "1"
        })
    };
    json!({
        "burgerservicenummer": "999990019",
        "naam": {
            "voornamen": "Wilhelmina Johanna", "voorvoegsel": "van der", "geslachtsnaam": "Sluisman", "voorletters": "W.J.",
            "volledigeNaam": "Wilhelmina Johanna van der Sluisman", "aanduidingNaamgebruik": { "code": "E", "omschrijving": "eigen geslachtsnaam" }
        },
        "geboorte": { "datum": { "type": "Datum", "datum": "1981-04-27", "langFormaat": "27 april 1981" }, "plaats": { "code": "0599", "omschrijving": "Rotterdam" } },
        "verblijfplaats": {
            "type": "Adres", "functieAdres": { "code": "W", "omschrijving": "woonadres" },
            "verblijfadres": { "officieleStraatnaam": "Schutkolkstraat", "korteStraatnaam": "Schutkolkstr", "huisnummer": 17, "huisletter": "b", "postcode": "1234AB", "woonplaats": "Voorbeeldstad" },
            "datumVan": { "type": "Datum", "datum": "2014-09-01", "langFormaat": "1 september 2014" }
        },
        "partners": [{ "naam": { "voornamen": "Adriaan", "geslachtsnaam": "Deurloo", "voorletters": "A." } }],
        "nationaliteiten": [{ "type": "Nationaliteit", "nationaliteit": { "code": "0001", "omschrijving": "Nederlandse" } }],
        "ouders": [parent("Cornelis Petrus", "1952-01-30"), parent("Jacoba Maria", "1954-11-08")]
    })
}

/// A case of our own making.
fn one_case(number: u32) -> Value {
    let base = "https://zaken.voorbeeld.test/zaken/api/v1";
    let id = format!("6b1f0d5e-3f0c-4f5b-9a55-7f1f0d2c{number:04x}");
    json!({
        "url": format!("{base}/zaken/{id}"),
        "uuid": id,
        "identificatie": format!("ZAAK-2026-{number:07}"),
        "bronorganisatie": "999990019",
        "omschrijving": "Aanvraag bijstandsuitkering levensonderhoud",
        "toelichting": "De aanvrager heeft aan de balie verteld dat de laatste dienstbetrekking in september is geëindigd en dat er geen uitkering meer loopt; de stukken volgen nog per post.",
        "zaaktype": format!("{base}/zaaktypen/4a1f7c0e-94f6-4a8c-a1a5-5d3f1b1d2e10"),
        "registratiedatum": "2026-10-02", "startdatum": "2026-10-03", "einddatum": null, "einddatumGepland": "2026-11-28", "uiterlijkeEinddatumAfdoening": "2026-12-01",
        "verantwoordelijkeOrganisatie": "999990019",
        "communicatiekanaal": format!("{base}/kanalen/balie"),
        "vertrouwelijkheidaanduiding": "zaakvertrouwelijk",
        "betalingsindicatie": "nvt", "betalingsindicatieWeergave": "Er is geen sprake van te betalen, met de zaak gemoeide kosten.",
        "verlenging": { "reden": "", "duur": null }, "opschorting": { "indicatie": false, "reden": "" },
        "selectielijstklasse": format!("{base}/resultaten/1b1b1b1b"),
        "deelzaken": [], "relevanteAndereZaken": [], "eigenschappen": [format!("{base}/zaken/{id}/zaakeigenschappen/1"), format!("{base}/zaken/{id}/zaakeigenschappen/2")],
        "status": format!("{base}/statussen/{id}"),
        "kenmerken": [{ "kenmerk": format!("WRK-{number:06}"), "bron": "Uitvoeringsinstituut Werk" }],
        "archiefnominatie": "vernietigen", "archiefstatus": "nog_te_archiveren", "archiefactiedatum": "2036-11-28", "resultaat": null
    })
}
