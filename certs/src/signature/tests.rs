use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;
use crate::test_kit::{OIN, PUBLIC_KEY, certificates, element, leaf_options, new_pki, with_field};

const MESSAGE: &[u8] = b"sluis: signature test message";

/// Made with OpenSSL 3.0: one certificate per key and a signature over [`MESSAGE`] per algorithm.
fn vectors() -> [(SignatureAlgorithm, &'static str, &'static str); 6] {
    [
        (SignatureAlgorithm::Rs256, CERTIFICATE_RSA, SIGNATURE_RS256),
        (SignatureAlgorithm::Rs384, CERTIFICATE_RSA, SIGNATURE_RS384),
        (SignatureAlgorithm::Rs512, CERTIFICATE_RSA, SIGNATURE_RS512),
        (SignatureAlgorithm::Es256, CERTIFICATE_P256, SIGNATURE_ES256),
        (SignatureAlgorithm::Es384, CERTIFICATE_P384, SIGNATURE_ES384),
        (SignatureAlgorithm::Es512, CERTIFICATE_P521, SIGNATURE_ES512),
    ]
}

fn bytes(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap()
}

fn url(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

#[test]
fn signatures_of_openssl_are_accepted_and_changed_ones_are_not() {
    for (algorithm, certificate, signature) in vectors() {
        let (certificate, signature) = (bytes(certificate), bytes(signature));
        let verify = |message: &[u8], signature: &[u8]| {
            verify_signature(&certificate, algorithm, message, signature)
        };
        assert_eq!(verify(MESSAGE, &signature), Ok(()), "{algorithm}");
        let wrong = Err(SignatureError::Wrong);
        assert_eq!(verify(b"another message", &signature), wrong, "{algorithm}");
        assert_eq!(verify(MESSAGE, b""), wrong, "{algorithm}");
        assert_eq!(verify(MESSAGE, &signature[1..]), wrong, "{algorithm}");
        assert_eq!(
            verify(MESSAGE, &[signature.as_slice(), &[0]].concat()),
            wrong,
            "{algorithm}"
        );
        assert_eq!(
            verify(MESSAGE, &vec![0; signature.len()]),
            wrong,
            "{algorithm}: r and s zero"
        );
        for position in [0, signature.len() / 2, signature.len() - 1] {
            let mut changed = signature.clone();
            changed[position] ^= 1;
            assert_eq!(
                verify(MESSAGE, &changed),
                wrong,
                "{algorithm} octet {position}"
            );
        }
    }
}

#[test]
fn the_key_must_fit_the_algorithm() {
    let kind = |algorithm: SignatureAlgorithm| algorithm.curve().map(|curve| curve.to_id_string());
    for (algorithm, certificate, signature) in vectors() {
        for other in SignatureAlgorithm::ALL {
            let result = verify_signature(&bytes(certificate), other, MESSAGE, &bytes(signature));
            let expected = if other == algorithm {
                Ok(())
            } else if kind(other) == kind(algorithm) {
                Err(SignatureError::Wrong)
            } else {
                Err(SignatureError::KeyDoesNotFit(other))
            };
            assert_eq!(result, expected, "{algorithm} as {other}");
        }
    }
}

#[test]
fn ecdsa_in_der_form_is_refused() {
    let raw = bytes(SIGNATURE_ES256);
    let integer = |value: &[u8]| element(0x02, &[&[0], value].concat());
    let der = element(0x30, &[integer(&raw[..32]), integer(&raw[32..])].concat());
    let result = verify_signature(
        &bytes(CERTIFICATE_P256),
        SignatureAlgorithm::Es256,
        MESSAGE,
        &der,
    );
    assert_eq!(result, Err(SignatureError::Wrong));
}

/// The examples of RFC 7515 appendix A.2, A.3 and A.4, their keys put in a certificate.
#[test]
fn examples_of_rfc_7515() {
    let payload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let rsa = {
        let modulus = [&[0], url("ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ").as_slice()].concat();
        let key = element(
            0x30,
            &[element(0x02, &modulus), element(0x02, &[1, 0, 1])].concat(),
        );
        let oid = crate::hex::decode::<11>("06092a864886f70d010101").unwrap();
        (element(0x30, &[&oid[..], &[5, 0]].concat()), key)
    };
    let ec = |curve: &[u8], x: &str, y: &str| {
        let oid = crate::hex::decode::<9>("06072a8648ce3d0201").unwrap();
        (
            element(0x30, &[&oid, curve].concat()),
            [&[4], url(x).as_slice(), &url(y)].concat(),
        )
    };
    let p256 = ec(
        &crate::hex::decode::<10>("06082a8648ce3d030107").unwrap(),
        "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    );
    let p521 = ec(
        &crate::hex::decode::<7>("06052b81040023").unwrap(),
        "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
        "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
    );
    let cases = [
        (
            SignatureAlgorithm::Rs256,
            rsa,
            format!("eyJhbGciOiJSUzI1NiJ9.{payload}"),
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        ),
        (
            SignatureAlgorithm::Es256,
            p256,
            format!("eyJhbGciOiJFUzI1NiJ9.{payload}"),
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
        (
            SignatureAlgorithm::Es512,
            p521,
            "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA".to_owned(),
            "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
        ),
    ];
    for (algorithm, (identifier, key), input, signature) in cases {
        let key = element(0x03, &[&[0], key.as_slice()].concat());
        let certificate = with_field(
            &bytes(CERTIFICATE_RSA),
            PUBLIC_KEY,
            &element(0x30, &[identifier, key].concat()),
        );
        let result = verify_signature(&certificate, algorithm, input.as_bytes(), &url(signature));
        assert_eq!(result, Ok(()), "{algorithm}");
    }
}

#[test]
fn names_are_exact() {
    for algorithm in SignatureAlgorithm::ALL {
        assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
    }
    for bad in [
        "none", "None", "HS256", "rs256", "PS256", "EdDSA", "", " RS256",
    ] {
        assert_eq!(
            bad.parse::<SignatureAlgorithm>(),
            Err(UnknownAlgorithm),
            "{bad}"
        );
    }
}

#[test]
fn something_else_than_a_certificate_is_refused() {
    let result = verify_signature(b"key", SignatureAlgorithm::Es256, MESSAGE, b"signature");
    assert_eq!(result, Err(SignatureError::Certificate));
}

static LEAF: LazyLock<Vec<u8>> = LazyLock::new(|| {
    certificates(&new_pki().issue(&leaf_options(OIN)).unwrap().chain_pem)[0].to_vec()
});

proptest! {
    #[test]
    fn no_bytes_panic(certificate: Vec<u8>, message: Vec<u8>, signature: Vec<u8>, which in 0..6_usize) {
        let algorithm = SignatureAlgorithm::ALL[which];
        prop_assert!(verify_signature(&certificate, algorithm, &message, &signature).is_err());
        prop_assert!(verify_signature(&LEAF, algorithm, &message, &signature).is_err());
    }

    #[test]
    fn no_damaged_key_panics(key in prop::collection::vec(any::<u8>(), 0..80), which in 0..6_usize) {
        let algorithm = SignatureAlgorithm::ALL[which];
        let certificate = with_field(&LEAF, PUBLIC_KEY, &element(0x30, &key));
        prop_assert!(verify_signature(&certificate, algorithm, MESSAGE, &[1; 64]).is_err());
    }
}

const CERTIFICATE_RSA: &str = "\
    MIIDGTCCAgGgAwIBAgIUKyfKZo5qE3QqtTQ5yvZw/e+paHwwDQYJKoZIhvcNAQELBQAwHDEaMBgGA1UEAwwRVEVTVCBTbHVp\
    cyB2ZWN0b3IwHhcNMjYxMTIyMDczNjU3WhcNMjcxMTIyMDczNjU3WjAcMRowGAYDVQQDDBFURVNUIFNsdWlzIHZlY3RvcjCC\
    ASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBALpgiv9JWp4lPpUMxXQsowG15NvFia35UmpTJaxfewfIvGP+ZqT2ITc6\
    Qw19QOQcE9az3/hkDkRJoB/5UOHpHrQXZfN1WT3JWvhoadYo6fVkgkDNBWVDd5EudE/mQi4FHpSxUJ7ej1tsI54XNpR8k9WW\
    lvMP5Dx8kZEJcCnD4s/gngewWaL//SCFmWiM/zy7enHmB7TN148sBlRRLwlYTOVSL6axLjdu10fEuNM6qPBOszInhPheH+jy\
    OZs5fcWZI9A+tcqtg0Gab3CfNfO3DVTN0DcE4T5PsjSIBq80bQpO/1bqPOt2DJRa6yzEyyHl6WBqCvR9qmRwybmDnzZ/3AcC\
    AwEAAaNTMFEwHQYDVR0OBBYEFKHl2prv+6U8cmNmwhEOD2RRLtpDMB8GA1UdIwQYMBaAFKHl2prv+6U8cmNmwhEOD2RRLtpD\
    MA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAGEZJDowcld5fx0CPxEObQ4GpA6YUXEowVV9MC+Bm7qDMS0U\
    2WRnO2RD4IIFuSzqIFdM2wHxddF1XBXrVDicGC4cCJeibL/507zskf1QRgSQiny+qdnjXJqFt5XODl5BdMItIIiaE7IYtoaw\
    +p3odjxuZkXNEKYirLBARa0uCbkZPcaCdM2QAaYSGMJHwehbFAepn1ATRGNc4gvNNOkYP1rUqrumF85YstQGOEUfk50WYYI0\
    rh7Sd+iJRE0KQhzz2BkVu199i7GjIS74RL87hJZjCWqJ+EY3yYkkdDC3xwhh9HqZbIiehG2+5pFv6dkasH5rRUdGVOX3TIt1\
    FMgucmo=\
    ";
const SIGNATURE_RS256: &str = "\
    G42N48Z/WNeM+WDOhi6yyiiHYH10xCshDwiMGRxtflzkrThQ7BvZVk2wq+fJXYKlveAGWTUuNug0ghWlUJJfXM0zQejV/QnG\
    AuZx/z0i85GuEO0rkqspbpY0dWhb4ec9mh2JTd6M41gr/aKqFR0oz0zE+mmOhpA37Hfrjsqk3Pr7B/1fUM9dg44jE7oEBQQm\
    HTA8ZVrt+bjC5nDY/X2JmTiQ2wvJsogHlB6O3xEj0Qv3AzRKfbKjUn2bk9X8pSRKZsgH2UOizI1K3YyOU2I4o1tosLJ/84zQ\
    3gWIKufzRbBHL+zj1ViLsDXGhbqvbLf8XBFO8WjMOmLR+nOpL0Hzqw==\
    ";
const SIGNATURE_RS384: &str = "\
    o+GLbvYcZfsCK9aaaTqJ8vIO0D5/+JxA5tKvPO0XGfV5phFPlr/W8cOrtXOskBLW31wXUUsq2lhEfEoQEk+Gp5P01dg7bTOu\
    6t55YDsskcMfAHWi8qoHJiDg1P1fXFYnSMji+gTeXdtsEmTLZFUBrNa6j8LfXsgShLsvRepYNdtMaot/DMgMx56jdwILtjsO\
    iy6YQa1cztAOwWh9goA/cN6+d1jqDa1q7kky0CiTVJpyCOB9Vwd+wBjCcUxPgwbosn1p5HcSPtIXnGuSXotMpHuBzg1tA1tI\
    K8ZzvTvTqcfKubYrgzrGjbKKi4UbH5Jl3i+/EdR4K+y9eqNb3lgUYA==\
    ";
const SIGNATURE_RS512: &str = "\
    dILb29fR6t6q+0dV478LGRXjqe/WYDyXhgyakfWHlrhM/B5k6FsdN51cifmLBa2/C4krszPoWzMPLeUW0Z7vLyHlRGedF2Bj\
    HVd8qYgpM+KSwkRd2Ld68TpT7HIeIsGebJnJFX/A/9nK+FDIeJMXS9redz03KPVkwHVd2/jd+AFIrUvuzXETg8iWYRO23Tju\
    8pl8alYtmvb2dwcdXuuHbqccM1QvEf9Bco+u4GZZerEvwOnU5WexibwqPwD3g4aSAgq05y4s7Jlvnw8VpkII5JG7zBM9DRpb\
    7IsQDymTyVSQ7DplQ3bSKNtocjuJXNjhyr1TMDjXrMxQa3w5QesBaA==\
    ";
const CERTIFICATE_P256: &str = "\
    MIIBjTCCATOgAwIBAgIUa3zWTkwX15Ua+/DnCbjzeT/qfLYwCgYIKoZIzj0EAwIwHDEaMBgGA1UEAwwRVEVTVCBTbHVpcyB2\
    ZWN0b3IwHhcNMjYxMTIyMDczNjU3WhcNMjcxMTIyMDczNjU3WjAcMRowGAYDVQQDDBFURVNUIFNsdWlzIHZlY3RvcjBZMBMG\
    ByqGSM49AgEGCCqGSM49AwEHA0IABBVx2goqQL5GkHQ+Lb8umvD6DZgcbXZ9NB6RPZa2JAkKo4YFOKN89rNv97v7VbqdjIm8\
    71qtZ1DGnB17dqjLNX2jUzBRMB0GA1UdDgQWBBQTMyWLUbeUW9vzDYjltIrxskklRTAfBgNVHSMEGDAWgBQTMyWLUbeUW9vz\
    DYjltIrxskklRTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIDP1GwZg1lIqMj33N1O7wKshEzMROYM96O4m\
    L0YudiJ8AiEAwx/5RreEPECjYWI7p1TuyO80SyQ7+dd8YDcvonw+zWk=\
    ";
const SIGNATURE_ES256: &str = "\
    XZvFFkz1R6usbbXT9AVz81/IVm1uaXa8V5q4rMwNMG8Ax0vsmWSo7BQCA6DwlWQxvU4uNv27ihN32L4bE2XE1A==\
    ";
const CERTIFICATE_P384: &str = "\
    MIIByTCCAVCgAwIBAgIUPigv3F3O5nyLCa5rbLC2UEPZIY0wCgYIKoZIzj0EAwIwHDEaMBgGA1UEAwwRVEVTVCBTbHVpcyB2\
    ZWN0b3IwHhcNMjYxMTIyMDczNjU3WhcNMjcxMTIyMDczNjU3WjAcMRowGAYDVQQDDBFURVNUIFNsdWlzIHZlY3RvcjB2MBAG\
    ByqGSM49AgEGBSuBBAAiA2IABDyNBjpTdwJeb21M93X2aqQvTm7bSEdL2PvC4yPCMgJdRjUGM5eqzZ5wedxG6xewZUIMOh9j\
    Gz9PxpCm4JkmWK8fM2u6NRwomqIECVuxpNBssQNWqGGRnmqtZRxT5LIPyqNTMFEwHQYDVR0OBBYEFDJqhnypZ0Z3FYz/ooCr\
    CWdQtQMEMB8GA1UdIwQYMBaAFDJqhnypZ0Z3FYz/ooCrCWdQtQMEMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDZwAw\
    ZAIwJKwfWhFm89khEfIXSPhTrelk7FNFYQdoP88kZ8eAR0jau3Uo+RvqtnMFjn+IYBxEAjADQ3hOUgVxz+Ac3o+qcUkmX4AI\
    O5athENS+NjwRvmVsU084i5tTSdCt6e4mSogbTk=\
    ";
const SIGNATURE_ES384: &str = "\
    izvr2fO/Z36qkIHDxlCN36RFsfWhhSr4bpThbxNI9e7Bib173pOss4mfDtgxMPKpZgdZrRUJ1jVldo+wtefO5r0P8UZIFU/G\
    9EJurSIJCPtTKvFRW8wSX7A/XGbC17Rg\
    ";
const CERTIFICATE_P521: &str = "\
    MIICFTCCAXagAwIBAgIUC565k2aiHje0vpmFDvNGZzptAYQwCgYIKoZIzj0EAwIwHDEaMBgGA1UEAwwRVEVTVCBTbHVpcyB2\
    ZWN0b3IwHhcNMjYxMTIyMDczNjU3WhcNMjcxMTIyMDczNjU3WjAcMRowGAYDVQQDDBFURVNUIFNsdWlzIHZlY3RvcjCBmzAQ\
    BgcqhkjOPQIBBgUrgQQAIwOBhgAEAcxOe17Tt3OAfDBDSUAHoYzxMHHeX3MAc2uXteLmeyL+0zirgDGczHL133peMfpctVI/\
    7SvI4AredG3lELN7QCPRAAx6qKkPfeENVoaLnWh05pETdyDQ2uZFrF9H4Nvt86FiISPg+TbRODjSMM9YVHvXF7Y4nIhvFhyW\
    GzqN6HCq8bPRo1MwUTAdBgNVHQ4EFgQUCRFpvbn1PPDgHwHQBaVTlM3ycRkwHwYDVR0jBBgwFoAUCRFpvbn1PPDgHwHQBaVT\
    lM3ycRkwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgOBjAAwgYgCQgGCeuRBTemcJuP+llOtUC4+20NVbBGygwYRxtUL\
    AOP9gtcDtndy5tikbHtTBj7TmcihzAPhw6QlWkNDm6xbzoKOyAJCAYqbTaW1+Gb+DPpADyNV2MzSD3XTz18D6FSj8OQI2Fbv\
    Qv9I66JCFySeD5zB4BYGnBhxn/gMDbB56Xxeu8MvzUTW\
    ";
const SIGNATURE_ES512: &str = "\
    AHjne3QRSN14KeFfobsBTWfzw06RoWNcWm4DaiNzLsKJrA2bTkgWiF7k0QmJFAUwRh2Lcohj9uJefp0/G206Cju1AXypYEtA\
    hy08Z3MDTmsLa0J5vTcF9gtrvo7GCIJ7ycUWjjQFGODh0mjg8lc2sin1G2zYf6/7/qgdRYiszVTyvAC/\
    ";
