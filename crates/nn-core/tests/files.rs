//! Model files: valid safetensors, checked against the crate of that name, and nothing but whole and unaltered ones.

use nn_core::{Arrays, Column, Error, History, ModelFile, Precision, Schema};
use proptest::prelude::*;
use safetensors::{Dtype, SafeTensors};

fn file() -> ModelFile {
    let mut arrays = Arrays::new();
    arrays.insert("hidden1.weight", &[2, 3], &[1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0]);
    arrays.insert("hidden1.bias", &[2], &[0.5_f32, -0.0]);
    arrays.insert("empty", &[0, 4], &[] as &[f32]);
    let history = History { losses: vec![0.5, 0.1 + 0.2], ..History::default() };
    let mut file = ModelFile::new("test", r#"{"a":1}"#, history, arrays, Precision::F32);
    file.schema = Some(Schema {
        inputs: vec![Column::numeric("密度"), Column::categorical("色泽", vec!["乌黑".into(), "青绿".into()])],
        ..Schema::default()
    });
    file
}

#[test]
fn the_safetensors_crate_reads_what_we_write() {
    let bytes = file().to_bytes();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let weight = tensors.tensor("hidden1.weight").unwrap();
    assert_eq!((weight.dtype(), weight.shape()), (Dtype::F32, &[2, 3][..]));
    assert_eq!(&weight.data()[4..8], &2.0_f32.to_le_bytes());
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    assert_eq!(header.metadata().as_ref().unwrap()["kind"], "test");
}

#[test]
fn we_read_what_we_wrote() {
    let file = file();
    let read = ModelFile::from_bytes(&file.to_bytes()).unwrap();
    assert_eq!(read, file);
    assert_eq!(read.arrays.get::<f32>("hidden1.bias", &[2]).unwrap()[1].to_bits(), (-0.0_f32).to_bits());
    assert_eq!(read.to_bytes(), file.to_bytes());
    assert_eq!(read.schema.unwrap().feature_names(), ["密度", "色泽=乌黑", "色泽=青绿"]);
}

#[test]
fn an_array_of_another_shape_or_float_is_refused() {
    let arrays = file().arrays;
    let message = |result: nn_core::Result<Vec<f32>>| result.unwrap_err().to_string();
    assert_eq!(message(arrays.get("bias", &[2])), "array bias is missing");
    assert_eq!(message(arrays.get("hidden1.bias", &[3])), "array hidden1.bias: expected shape [3], got [2]");
    let error = arrays.get::<f64>("hidden1.bias", &[2]).unwrap_err().to_string();
    assert_eq!(error, "array hidden1.bias: expected F64, got F32");
}

#[test]
fn a_foreign_safetensors_file_is_no_model_of_ours() {
    let header = br#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  "#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header);
    bytes.extend_from_slice(&1.0_f32.to_le_bytes());
    assert_eq!(ModelFile::from_bytes(&bytes).unwrap_err().to_string(), "not a model file of nn");
}

#[test]
fn a_header_that_promises_more_than_there_is_allocates_nothing() {
    for length in [u64::MAX, u64::MAX / 2, 1 << 40, 1 << 25] {
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend_from_slice(b"{}");
        assert!(matches!(ModelFile::from_bytes(&bytes), Err(Error::Format { .. })));
    }
}

#[test]
fn writing_leaves_nothing_behind_where_it_fails() {
    let folder = std::env::temp_dir().join(format!("nn-core-files-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("taken.nn")).unwrap();
    assert!(matches!(file().write(folder.join("taken.nn")), Err(Error::Io { .. })));
    assert!(matches!(file().write(folder.join("no/such/folder.nn")), Err(Error::Io { .. })));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    file().write(folder.join("model.nn")).unwrap();
    assert_eq!(ModelFile::read(folder.join("model.nn")).unwrap(), file());
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
    std::fs::remove_dir_all(&folder).unwrap();
}

proptest! {
    #[test]
    fn any_altered_byte_is_noticed(at in 0_usize..2000, change in 1_u8..=255) {
        let mut bytes = file().to_bytes();
        let at = at % bytes.len();
        bytes[at] ^= change;
        if let Ok(read) = ModelFile::from_bytes(&bytes) {
            // White space between tokens means nothing.
            prop_assert_eq!(read, file());
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..300), header in any::<bool>()) {
        if header && bytes.len() > 9 {
            let length = (bytes.len() - 8) as u64;
            bytes[..8].copy_from_slice(&length.to_le_bytes());
            bytes[8] = b'{';
        }
        prop_assert!(ModelFile::from_bytes(&bytes).is_err());
    }
}
