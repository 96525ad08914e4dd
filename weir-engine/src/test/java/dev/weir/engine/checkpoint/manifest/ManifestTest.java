package dev.weir.engine.checkpoint.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class ManifestTest {
    private static final Path FORMAT = Path.of("..", "docs", "checkpoint-format.md");

    @Test
    void whatIsWrittenIsRead() throws IOException {
        for (Manifest manifest : List.of(Specimens.example(), Specimens.everythingOfTheSecond())) {
            Manifest read = ManifestReader.read("m", ManifestWriter.write(manifest));

            assertThat(read).usingRecursiveComparison().isEqualTo(manifest);
        }
    }

    @Test
    void theWorkedExampleOfTheDocsIsWhatIsWritten() throws IOException {
        // Lines of the example are "offset  bytes  what".
        String hex = Files.readAllLines(FORMAT, StandardCharsets.UTF_8).stream()
                .filter(line -> line.matches("[0-9a-f]{4}  .*"))
                .map(line -> line.substring(6, Math.min(line.length(), 54)).replace(" ", ""))
                .collect(Collectors.joining());

        assertThat(hex).isEqualTo(HexFormat.of().formatHex(ManifestWriter.write(Specimens.example())));
    }

    @Test
    void aManifestOfTheFirstVersionIsReadForEver() throws IOException {
        assertThat(ManifestReader.read("v1", golden("v1.hex")))
                .usingRecursiveComparison()
                .isEqualTo(Specimens.everything());
    }

    @Test
    void aManifestOfTheSecondVersionIsReadForEver() throws IOException {
        assertThat(ManifestReader.read("v2", golden("v2.hex")))
                .usingRecursiveComparison()
                .isEqualTo(Specimens.everythingOfTheSecond());
    }

    @Test
    void whatIsCutOffIsFound() {
        byte[] whole = ManifestWriter.write(Specimens.everythingOfTheSecond());
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> ManifestReader.read("/cp/chk-3/_metadata", cut))
                    .isInstanceOf(CorruptManifestException.class)
                    .hasMessageContaining("manifest /cp/chk-3/_metadata is corrupt at byte ");
        }
    }

    @Test
    void everyFlippedBitIsFound() {
        byte[] whole = ManifestWriter.write(Specimens.everythingOfTheSecond());
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThatThrownBy(() -> ManifestReader.read("m", flipped)).isInstanceOf(CorruptManifestException.class);
        }
    }

    @Test
    void aForgedManifestIsReadOrRefusedButHarmsNobody() {
        byte[] whole = ManifestWriter.write(Specimens.everythingOfTheSecond());
        Random random = new Random(42);
        int refused = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] forged = whole.clone();
            int at = 12 + random.nextInt(forged.length - 20);
            if (random.nextBoolean()) {
                forged[at] = (byte) random.nextInt();
            } else {
                ByteBuffer.wrap(forged).putInt(at, random.nextBoolean() ? Integer.MAX_VALUE : random.nextInt());
            }
            sign(forged);
            refused += accepted(forged) ? 0 : 1;
        }
        assertThat(refused).isBetween(5_000, 19_999);
    }

    private static boolean accepted(byte[] forged) {
        try {
            ManifestReader.read("m", forged);
            return true;
        } catch (CorruptManifestException expected) {
            return false;
        }
    }

    @Test
    void aCountIsNotBelievedBeforeItsBytesAreThere() {
        byte[] forged = ManifestWriter.write(Specimens.example());
        // The job key's length, after magic, version and job id.
        ByteBuffer.wrap(forged).putInt(28, Integer.MAX_VALUE);
        sign(forged);

        assertThatThrownBy(() -> ManifestReader.read("m", forged))
                .hasMessage("manifest m is corrupt at byte 28: count=2147483647, but bytes left="
                        + (forged.length - 28 - 8));
    }

    @Test
    void aFileNameCannotLeaveItsDirectory() {
        for (String name : List.of("../../other", "..", ".", "", "a/b")) {
            byte[] forged = ManifestWriter.write(withFile(StoredFile.Scope.SHARED, name));

            assertThatThrownBy(() -> ManifestReader.read("m", forged))
                    .isInstanceOf(CorruptManifestException.class)
                    .hasMessageContaining("a file with scope SHARED is called '" + name + "'");
        }
    }

    @Test
    void aLaterVersionSaysSo() {
        byte[] later = ManifestWriter.write(Specimens.example());
        ByteBuffer.wrap(later).putInt(8, 3);

        assertThatThrownBy(() -> ManifestReader.read("m", later))
                .hasMessage("manifest m is corrupt at byte 8: version=3 > newest that this Weir reads=2, use the Weir"
                        + " that wrote it or a later one");
    }

    @Test
    void somethingElseSaysSo() {
        byte[] other = "something else".getBytes(StandardCharsets.UTF_8);

        assertThat(ManifestReader.isManifest(other)).isFalse();
        assertThatThrownBy(() -> ManifestReader.read("m", other))
                .hasMessage("manifest m is corrupt at byte 0: it does not start with WEIRCKPT");
    }

    private static Manifest withFile(StoredFile.Scope scope, String name) {
        Manifest example = Specimens.example();
        StoredFile file = example.files().get(0);
        return new Manifest(
                example.jobId(),
                example.jobKey(),
                example.checkpointId(),
                example.triggeredMillis(),
                example.kind(),
                example.masters(),
                List.of(new StoredFile(scope, name, file.length(), file.crc32c())),
                example.operators());
    }

    /** Makes the checksum fit again, as an attacker would. */
    private static void sign(byte[] manifest) {
        CRC32C crc = new CRC32C();
        crc.update(manifest, 0, manifest.length - Integer.BYTES);
        ByteBuffer.wrap(manifest).putInt(manifest.length - Integer.BYTES, (int) crc.getValue());
    }

    private static byte[] golden(String name) throws IOException {
        try (InputStream in = ManifestTest.class.getResourceAsStream("/manifest/" + name)) {
            String hex = new String(in.readAllBytes(), StandardCharsets.UTF_8).replaceAll("\\s", "");
            return HexFormat.of().parseHex(hex);
        }
    }
}
