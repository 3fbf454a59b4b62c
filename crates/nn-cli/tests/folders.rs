//! Folders of images as data: one folder of PNG files a class, or the files alone.

use crate::common::{Sandbox, idx, npy_of};
use png::{BitDepth, ColorType, Encoder};
use std::fs;

/// A PNG of bytes.
fn png(color: ColorType, width: u32, height: u32, bytes: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(bytes).unwrap();
    writer.finish().unwrap();
    file
}

/// A grey image, 3 pixels wide and 2 high, dark or bright.
fn grey(number: u8, is_bright: bool) -> Vec<u8> {
    let pixels: Vec<u8> = (0..6).map(|pixel| 20 * u8::from(is_bright) * 10 + pixel + number).collect();
    png(ColorType::Grayscale, 3, 2, &pixels)
}

/// The same size, red or blue.
fn colour(number: u8, is_red: bool) -> Vec<u8> {
    let pixel = if is_red { [250 - number, 10, 20] } else { [10, number, 250] };
    png(ColorType::Rgb, 3, 2, &pixel.repeat(6))
}

impl Sandbox {
    /// Writes a file and the folders it lies in.
    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        self.write(name, bytes);
    }

    /// Eight images of dark cats and bright dogs in `pets`, made by `image`.
    fn pets(image: fn(u8, bool) -> Vec<u8>) -> Self {
        let sandbox = Self::new();
        for number in 0..4 {
            sandbox.put(&format!("pets/cats/{number}.png"), image(number, false));
            sandbox.put(&format!("pets/dogs/{number}.png"), image(number, true));
        }
        sandbox
    }

    /// Trains on `pets`, which must be refused.
    fn refuses_pets(&self) -> String {
        self.refuses("train mlp --data pets --out m.nn")
    }

    /// Writes a hand-made image that must be refused in every place where data are read.
    fn refuses_image(&self, bytes: impl AsRef<[u8]>) -> String {
        self.put("bad/cats/x.png", bytes);
        let message = self.refuses("train mlp --data bad --out m.nn");
        for line in ["predict pets.nn --data bad", "evaluate pets.nn --data bad", "train mlp --data pets --test bad"] {
            assert_eq!(self.refuses(line), message);
        }
        message
    }
}

#[test]
fn a_folder_of_images_a_class_is_learned() {
    let sandbox = Sandbox::pets(grey);
    sandbox.put("pets/.hidden", "no image");
    sandbox.put("pets/cats/.DS_Store", "no image");
    let report = sandbox.json("train mlp --data pets --set epochs=50 --out pets.nn --json");
    assert_eq!((report["train_samples"].clone(), report["features"].clone()), (8.into(), 6.into()));
    assert_eq!((report["outputs"].clone(), report["train"]["accuracy"].clone()), (2.into(), 1.0.into()));
    assert_eq!(sandbox.json("evaluate pets.nn --data pets/ --json"), report["train"]);
    let answers = sandbox.ok("predict pets.nn --data pets");
    let classes: Vec<_> = answers.lines().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(classes, [["prediction"].as_slice(), &["cats"; 4], &["dogs"; 4]].concat());

    // Images alone are asked about, but say nothing of their classes.
    assert_eq!(sandbox.ok("predict pets.nn --data pets/dogs"), without(&answers, 1..5));
    sandbox.ok("report pets.nn --data pets/dogs --out dogs.html");
    let first = std::fs::read_dir(sandbox.path("pets/cats"))
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .filter(|name| !name.to_string_lossy().starts_with('.'))
        .min();
    let alone = sandbox.ok(&format!("predict pets.nn --data pets/cats/{}", first.unwrap().display()));
    assert_eq!(alone.lines().map(|line| line.split(',').next().unwrap()).collect::<Vec<_>>(), ["prediction", "cats"]);
    let message =
        "pets/cats: there are images in it, but no folders of images: to learn, each class has a folder of its own";
    assert_eq!(sandbox.refuses("evaluate pets.nn --data pets/cats"), message);
    assert_eq!(sandbox.refuses("train mlp --data pets/cats"), message);
}

/// A text without some of its lines.
fn without(text: &str, lines: std::ops::Range<usize>) -> String {
    let kept = text.lines().enumerate().filter(|(line, _)| !lines.contains(line));
    kept.map(|(_, line)| format!("{line}\n")).collect()
}

#[test]
fn a_folder_is_what_an_idx_of_the_same_images_is() {
    let sandbox = Sandbox::new();
    let mut images = Vec::new();
    for number in 0..6_u8 {
        let image = [number, 50, 100 * (number % 2), 9];
        sandbox.put(&format!("set/{}/{number}.png", number % 2), png(ColorType::Grayscale, 2, 2, &image));
        // Folders are read by name, so the even ones come first.
        images.push((number % 2, image));
    }
    images.sort_by_key(|(class, _)| *class);
    let (labels, pixels): (Vec<u8>, Vec<[u8; 4]>) = images.into_iter().unzip();
    sandbox.write("t-images-idx3-ubyte", idx(&[6, 2, 2], pixels.as_flattened()));
    sandbox.write("t-labels-idx1-ubyte", idx(&[6], &labels));
    sandbox.ok("train mlp --data set --set epochs=3 --out folder.nn");
    sandbox.ok("train mlp --data t-images-idx3-ubyte --set epochs=3 --out idx.nn");
    assert!(sandbox.read("folder.nn") == sandbox.read("idx.nn"));
    let measures = sandbox.json("evaluate idx.nn --data set --json");
    assert_eq!(measures, sandbox.json("evaluate folder.nn --data t-images-idx3-ubyte --json"));
}

#[test]
fn colour_is_three_channels_and_grey_among_it_too() {
    let sandbox = Sandbox::pets(colour);
    sandbox.put("pets/cats/0.png", grey(3, false));
    sandbox.put("pets/dogs/9.png", grey(3, true));
    let line = "train mlp --data pets --set epochs=1 --set optimizer=sgd --out pets.nn --report pets.html --json";
    assert_eq!(sandbox.json(line)["features"], 18);
    let file = String::from_utf8_lossy(&sandbox.read("pets.nn")).replace('\\', "");
    assert!(file.contains(r#""image":"2x3x3""#), "{file}");
    assert!(String::from_utf8(sandbox.read("pets.html")).unwrap().contains("A colour is what a unit asks for"));

    // To a model of colours grey is a colour.
    sandbox.put("grey/cats/1.png", grey(3, false));
    sandbox.put("grey/dogs/1.png", grey(3, true));
    let answers = sandbox.ok("predict pets.nn --data pets");
    let lines: Vec<_> = answers.lines().collect();
    assert_eq!(sandbox.ok("predict pets.nn --data grey"), format!("{}\n{}\n{}\n", lines[0], lines[1], lines[9]));
    sandbox.ok("train mlp --data pets --test grey --set epochs=1");
    sandbox.ok("train mlp --data grey --set epochs=1 --out grey.nn");
    let says = "pets: images of 3 x 2 pixels in colour, but the model has learned from images of 3 x 2 pixels in grey";
    for line in ["predict grey.nn --data pets", "evaluate grey.nn --data pets", "train mlp --data grey --test pets"] {
        assert_eq!(sandbox.refuses(line), says);
    }
}

#[test]
fn images_of_another_size_than_was_learned_are_refused() {
    let sandbox = Sandbox::pets(grey);
    sandbox.ok("train mlp --data pets --set epochs=1 --out pets.nn");
    sandbox.put("tall/cats/1.png", png(ColorType::Grayscale, 2, 3, &[1; 6]));
    let says = "tall: images of 2 x 3 pixels in grey, but the model has learned from images of 3 x 2 pixels in grey";
    for line in
        ["predict pets.nn --data tall", "report pets.nn --data tall --out t.html", "evaluate pets.nn --data tall"]
    {
        assert_eq!(sandbox.refuses(line), says);
    }
    sandbox.write("t.csv", "a,b\n1,2\n");
    assert_eq!(sandbox.refuses("predict pets.nn --data t.csv"), "t.csv: column pixel0 is missing, and 5 more");
}

#[test]
fn a_shape_that_is_not_that_of_the_images_is_refused() {
    let sandbox = Sandbox::pets(colour);
    sandbox.ok("train cnn --data pets --set image=2x3x3 --set epochs=1");
    let says = "pets: image: expected 2x3x3 as the data have it, got 3x2x3";
    assert_eq!(sandbox.refuses("train cnn --data pets --set image=3x2x3 --set epochs=1"), says);
    // What is only guessed from the names of the columns may be said otherwise.
    sandbox.ok("train cnn --data digits --set image=16x4 --set layers=none --set epochs=1");
}

#[test]
fn an_array_whose_channels_come_last_is_warned_of() {
    let sandbox = Sandbox::new();
    let numbers: Vec<u8> = (0..11).cycle().take(4 * 6 * 5 * 3).collect();
    let warned = |shape: &str| {
        sandbox.write("x_images.npy", npy_of("'|u1'", "False", shape, &numbers));
        sandbox.write("x_labels.npy", npy_of("'|u1'", "False", "(4,)", &[0, 1, 0, 1]));
        let run = sandbox.nn("train cnn --data x_images.npy --set epochs=1");
        assert_eq!(run.code, 0, "{run:?}");
        run.stderr
    };
    let warning = warned("(4, 6, 5, 3)");
    assert!(warning.contains("transpose(0, 3, 1, 2)"), "{warning}");
    assert!(!warned("(4, 3, 6, 5)").contains("transpose"));
}

#[test]
fn a_mistake_is_told_by_its_file() {
    let sandbox = Sandbox::pets(grey);
    // A dog among the cats, which nothing can tell.
    sandbox.put("pets/cats/odd.png", sandbox.read("pets/dogs/2.png"));
    sandbox.ok("train mlp --data pets --set epochs=60 --out pets.nn --report pets.html");
    assert!(String::from_utf8(sandbox.read("pets.html")).unwrap().contains("<small>cats/odd.png</small>"));
    sandbox.put("more/birds/1.png", grey(1, true));
    assert_eq!(
        sandbox.refuses("evaluate pets.nn --data more"),
        "more/birds/1.png, column label: unknown class \"birds\"; the model knows cats and dogs"
    );
}

#[test]
fn what_is_no_folder_of_classes_is_refused() {
    let sandbox = Sandbox::pets(grey);
    sandbox.put("pets/dogs/3.png", png(ColorType::Grayscale, 3, 1, &[1; 3]));
    assert_eq!(sandbox.refuses_pets(), "pets/dogs/3.png: is 3 x 1 pixels, but pets/cats/0.png is 3 x 2");
    sandbox.put("pets/cats/b.txt", "hello");
    assert_eq!(sandbox.refuses_pets(), "pets/cats/b.txt: is no PNG image");
    sandbox.put("pets/cats/b.txt", "");
    assert_eq!(sandbox.refuses_pets(), "pets/cats/b.txt: is no PNG image");
    sandbox.put("pets/cats/deep/1.png", grey(1, true));
    assert_eq!(sandbox.refuses_pets(), "pets/cats/deep: is a folder within the folder of a class");
    sandbox.put("pets/labels.csv", "a,b\n");
    assert_eq!(sandbox.refuses_pets(), "pets/labels.csv: lies beside folders of classes, not in one");

    let sandbox = Sandbox::pets(grey);
    fs::create_dir(sandbox.path("pets/eels")).unwrap();
    assert_eq!(sandbox.refuses_pets(), "pets/eels: there are no images in it");
    sandbox.put("one/cats/1.png", grey(1, true));
    let one = "one: column label: there is only one class, \"cats\"; to learn takes two or more";
    assert_eq!(
        sandbox.refuses("train mlp --data one"),
        "one: there is only one sample, from which nothing can be learned"
    );
    sandbox.put("one/cats/2.png", grey(1, true));
    assert_eq!(sandbox.refuses("train mlp --data one"), one);
    fs::remove_dir(sandbox.path("pets/eels")).unwrap();
    let message = "pets: column label: --task regress takes numbers, and these are names";
    assert_eq!(sandbox.refuses("train mlp --data pets --task regress"), message);
    sandbox.ok("train mlp --data pets --target pixel0 --ignore label --set epochs=1");
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_and_a_pipe_is_no_image() {
    let sandbox = Sandbox::pets(grey);
    std::os::unix::fs::symlink("0.png", sandbox.path("pets/cats/link.png")).unwrap();
    assert_eq!(sandbox.json("train mlp --data pets --set epochs=1 --json")["train_samples"], 9);
    std::os::unix::fs::symlink("nowhere", sandbox.path("pets/cats/lost.png")).unwrap();
    assert_eq!(sandbox.refuses_pets(), "pets/cats/lost.png: No such file or directory (os error 2)");
    let pipe = sandbox.path("pets/cats/a.png");
    assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
    fs::remove_file(sandbox.path("pets/cats/lost.png")).unwrap();
    assert_eq!(sandbox.refuses_pets(), "pets/cats/a.png: is no PNG image");
}

#[test]
fn a_damaged_image_is_refused_by_name() {
    let sandbox = Sandbox::pets(grey);
    sandbox.ok("train mlp --data pets --set epochs=1 --out pets.nn");
    let whole = grey(1, true);
    for end in 8..whole.len() {
        let message = sandbox.refuses_one(&whole[..end]);
        assert!(message.starts_with("one/x.png: damaged PNG: "), "{end}: {message}");
    }
    assert_eq!(sandbox.refuses_one(&whole[..7]), "one/x.png: is no PNG image");
    for place in 8..whole.len() {
        let mut altered = whole.clone();
        altered[place] ^= 0x10;
        // Every part of a PNG that matters has a checksum.
        let run = sandbox.predict_one(&altered);
        assert!(run.code == 0 || run.code == 1 && run.stderr.starts_with("error: one/x.png: "), "{place}: {run:?}");
    }
    let message = sandbox.refuses_image(&whole[..whole.len() / 2]);
    assert!(message.starts_with("bad/cats/x.png: damaged PNG: "), "{message}");
}

#[test]
fn a_header_that_claims_a_huge_image_is_refused_before_memory_is_taken() {
    let sandbox = Sandbox::pets(grey);
    sandbox.ok("train mlp --data pets --set epochs=1 --out pets.nn");
    for (color, width, height) in
        [(0, 1 << 30, 1 << 30), (6, 0x7FFF_FFFF, 0x7FFF_FFFF), (0, 1025, 1024), (2, 1024, 600)]
    {
        let says = format!("{width} x {height} pixels are too many; an image has 1048576 numbers at most");
        assert_eq!(sandbox.refuses_one(&claiming(color, width, height)), format!("one/x.png: {says}"));
    }
    let none = sandbox.refuses_one(&claiming(0, 0, 5));
    assert!(none.starts_with("one/x.png: damaged PNG: "), "{none}");
}

/// A PNG of nothing but a header, and the beginning of what should follow.
fn claiming(color: u8, width: u32, height: u32) -> Vec<u8> {
    let chunk = |kind: &[u8], content: &[u8]| {
        let named = [kind, content].concat();
        let mut sum = flate2::Crc::new();
        sum.update(&named);
        [(content.len() as u32).to_be_bytes().as_slice(), &named, &sum.sum().to_be_bytes()].concat()
    };
    let header = [width.to_be_bytes().as_slice(), &height.to_be_bytes(), &[8, color, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n".as_slice(), &chunk(b"IHDR", &header), &chunk(b"IDAT", &[0x78, 0x9C])].concat()
}

impl Sandbox {
    /// What `pets.nn` says of the image in these bytes.
    fn predict_one(&self, bytes: &[u8]) -> crate::common::Run {
        self.put("one/x.png", bytes);
        self.nn("predict pets.nn --data one")
    }

    /// The same, which must be refused.
    fn refuses_one(&self, bytes: &[u8]) -> String {
        self.put("one/x.png", bytes);
        self.refuses("predict pets.nn --data one")
    }
}
