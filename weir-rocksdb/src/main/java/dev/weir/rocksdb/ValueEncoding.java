package dev.weir.rocksdb;

import dev.weir.engine.state.Codec;
import dev.weir.engine.state.FlatValues;
import dev.weir.rocksdb.cache.Encoding;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A codec as the cache sees it. */
final class ValueEncoding<V> implements Encoding<V> {

    /** How values are stored. */
    interface Writing<V> {
        byte[] write(V value) throws IOException;
    }

    /** How stored values are read. */
    interface Reading<V> {
        @Nullable
        V read(byte[] stored) throws IOException;
    }

    private final String state;
    private final Codec<V> codec;
    private final boolean keepsObjects;
    private final boolean immutable;
    private final Writing<V> writing;
    private final Reading<V> reading;

    /** @param codec of what is written and read */
    ValueEncoding(String state, Codec<V> codec, Writing<V> writing, Reading<V> reading) {
        this.state = state;
        this.codec = codec;
        this.immutable = codec.isImmutable();
        this.keepsObjects = immutable || codec.copiesFast();
        this.writing = writing;
        this.reading = reading;
    }

    @Override
    public boolean keepsObjects() {
        return keepsObjects;
    }

    // Of an immutable type too: a copy fails where the value is not of the type at all.
    @Override
    public V kept(V value) {
        return codec.copy(value);
    }

    @Override
    public V handedOut(V kept) {
        return immutable ? kept : codec.copy(kept);
    }

    @Override
    public @Nullable FlatValues<V> words() {
        FlatValues<V> words = codec.words();
        return words == null || words.hasPart() ? null : words;
    }

    @Override
    public byte[] write(V value) {
        try {
            return writing.write(value);
        } catch (IOException e) {
            throw NativeDatabase.failed("serialize a value of", state, e);
        }
    }

    @Override
    public @Nullable V read(byte[] stored) {
        try {
            return reading.read(stored);
        } catch (IOException e) {
            throw NativeDatabase.failed("read a value of", state, e);
        }
    }
}
