package dev.weir.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBatch;

class ChangesTest {

    /** Byte by byte, in the default column family and in others of which some have numbers beyond a byte. */
    @Test
    void areWhatRocksDbWrites(@TempDir Path directory) throws Exception {
        RocksStore.loadLibrary();
        Random random = new Random(1);
        try (Options options = new Options().setCreateIfMissing(true);
                RocksDB rocks = RocksDB.open(options, directory.toString())) {
            ColumnFamilyHandle last = rocks.getDefaultColumnFamily();
            for (int i = 0; i < 130; i++) {
                last = rocks.createColumnFamily(of("column" + i));
            }
            List<ColumnFamilyHandle> columns =
                    List.of(rocks.getDefaultColumnFamily(), rocks.createColumnFamily(of("early")), last);
            Changes changes = new Changes();
            for (int round = 0; round < 10; round++) {
                try (WriteBatch expected = new WriteBatch()) {
                    for (int i = random.nextInt(500); i > 0; i--) {
                        ColumnFamilyHandle column = columns.get(random.nextInt(columns.size()));
                        byte[] key = bytes(random, 40);
                        byte[] value = bytes(random, random.nextInt(10) == 0 ? 40_000 : 200);
                        switch (random.nextInt(3)) {
                            case 0 -> {
                                changes.put(column.getID(), key, key.length, value);
                                expected.put(column, key, value);
                            }
                            case 1 -> {
                                changes.merge(column.getID(), key, key.length, value);
                                expected.merge(column, key, value);
                            }
                            default -> {
                                changes.delete(column.getID(), key, key.length);
                                expected.delete(column, key);
                            }
                        }
                        assertThat(changes.size()).isEqualTo((int) expected.getDataSize());
                    }
                    assertThat(changes.count()).isEqualTo(expected.count());
                    try (WriteBatch batch = changes.batch()) {
                        assertThat(batch.data()).isEqualTo(expected.data());
                    }
                }
                changes.clear();
            }
        }
    }

    private static ColumnFamilyDescriptor of(String name) {
        return new ColumnFamilyDescriptor(name.getBytes(UTF_8));
    }

    private static byte[] bytes(Random random, int longest) {
        byte[] bytes = new byte[random.nextInt(longest + 1)];
        random.nextBytes(bytes);
        return bytes;
    }
}
