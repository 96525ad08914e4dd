package dev.weir.rocksdb;

import dev.weir.engine.state.Codec;
import java.io.IOException;

/**
 * How an entry's key is written: the key group in one byte, or two where there are more than 128, most significant first; the
 * key; the namespace; in a map the user's key. Where neither key nor namespace is of a fixed size, each is followed by its
 * length, least significant byte first and without zero bytes above, so that no two pairs give the same bytes. This is
 * Flink's layout.
 *
 * <p>For one thread: what was read last is kept.
 */
final class KeyLayout<K, N> {

    private static final int ONE_BYTE_MAX = 128;

    private final int keyGroupCount;
    private final Codec<K> keys;
    private final Codec<N> namespaces;
    private final Buffers buffers;
    private final boolean ambiguous;
    private final int prefixBytes;
    private final BytesOut out;
    private final BytesIn in;

    KeyLayout(int keyGroupCount, Codec<K> keys, Codec<N> namespaces, Buffers buffers) {
        this.keyGroupCount = keyGroupCount;
        this.keys = keys;
        this.namespaces = namespaces;
        this.buffers = buffers;
        this.ambiguous = keys.fixedBytes() < 0 && namespaces.fixedBytes() < 0;
        this.prefixBytes = keyGroupCount > ONE_BYTE_MAX ? 2 : 1;
        this.out = buffers.out();
        this.in = buffers.in();
    }

    /** The same layout for another thread. */
    KeyLayout<K, N> duplicate() {
        return new KeyLayout<>(keyGroupCount, keys.duplicate(), namespaces.duplicate(), buffers);
    }

    /** What all keys of a key group begin with, and of all later ones exceed. */
    byte[] keyGroup(int keyGroup) {
        return prefix(keyGroup, keyGroupCount);
    }

    /** What all keys of a key group begin with, where there are so many key groups. */
    static byte[] prefix(int keyGroup, int keyGroupCount) {
        return keyGroupCount <= ONE_BYTE_MAX
                ? new byte[] {(byte) keyGroup}
                : new byte[] {(byte) (keyGroup >>> Byte.SIZE), (byte) keyGroup};
    }

    byte[] write(int keyGroup, K key, N namespace) throws IOException {
        return seek(keyGroup, key, namespace).getCopyOfBuffer();
    }

    /** The same in a buffer, until the next key is written. */
    BytesOut seek(int keyGroup, K key, N namespace) throws IOException {
        place(keyGroup, key, namespace);
        return out;
    }

    /** The key of a map's entry in a buffer, until the next key is written. */
    <U> BytesOut seek(int keyGroup, K key, N namespace, U userKey, Codec<U> userKeys) throws IOException {
        place(keyGroup, key, namespace);
        userKeys.write(userKey, out);
        return out;
    }

    private void place(int keyGroup, K key, N namespace) throws IOException {
        out.clear();
        if (prefixBytes == 2) {
            out.writeByte(keyGroup >>> Byte.SIZE);
        }
        out.writeByte(keyGroup);
        keys.write(key, out);
        int end = out.length();
        if (ambiguous) {
            writeLength(end - prefixBytes);
        }
        int begin = out.length();
        namespaces.write(namespace, out);
        if (ambiguous) {
            writeLength(out.length() - begin);
        }
    }

    private void writeLength(int length) throws IOException {
        int rest = length;
        do {
            out.writeByte(rest);
            rest >>>= Byte.SIZE;
        } while (rest != 0);
    }

    /** What a stored key says of the place of its entry. */
    Place<K, N> read(byte[] stored) throws IOException {
        in.setBuffer(stored);
        in.skipBytes(prefixBytes);
        int before = in.available();
        K key = keys.read(in);
        skipLength(before);
        before = in.available();
        N namespace = namespaces.read(in);
        skipLength(before);
        return new Place<>(key, namespace, stored.length - in.available());
    }

    /** The user's key behind the place that was read last. */
    <U> U readUserKey(Codec<U> userKeys) throws IOException {
        return userKeys.read(in);
    }

    /** The user's key of an entry whose place takes that many bytes. */
    <U> U readUserKey(byte[] stored, int end, Codec<U> userKeys) throws IOException {
        in.setBuffer(stored);
        in.skipBytes(end);
        return userKeys.read(in);
    }

    private void skipLength(int before) throws IOException {
        if (ambiguous) {
            int rest = before - in.available();
            do {
                in.readByte();
                rest >>>= Byte.SIZE;
            } while (rest != 0);
        }
    }

    /**
     * Key and namespace of an entry.
     *
     * @param end bytes of the stored key up to here
     */
    record Place<K, N>(K key, N namespace, int end) {}
}
