package dev.weir.rocksdb;

import dev.weir.engine.state.TableEntry;
import dev.weir.rocksdb.KeyLayout.Place;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** The entries of a table, put together from those of the database. For one thread. */
final class Groups<K, N, V> implements Iterator<TableEntry<K, N, V>> {

    private final Form<K, N, V> form;
    private final Scan scan;
    private byte[] place = {};

    Groups(Form<K, N, V> form, Scan scan) {
        this.form = form;
        this.scan = scan;
    }

    @Override
    public boolean hasNext() {
        return scan.hasNext();
    }

    @Override
    public TableEntry<K, N, V> next() {
        if (!scan.hasNext()) {
            throw new NoSuchElementException();
        }
        try {
            byte[] first = scan.key();
            Place<K, N> at = form.place(first);
            place = at.end() == first.length ? first : Arrays.copyOf(first, at.end());
            return new TableEntry<>(at.key(), at.namespace(), form.read(scan, at));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read an entry of keyed state: " + e.getMessage(), e);
        }
    }

    void skip() {
        try {
            form.skip(scan, form.place(scan.key()));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read a key of keyed state: " + e.getMessage(), e);
        }
    }

    /** What the stored keys of the entry that came last begin with. */
    byte[] place() {
        return place;
    }

    /** What the stored keys of the next entry begin with, of those too that a map gets later. */
    byte[] nextPlace() {
        try {
            byte[] first = scan.key();
            return Arrays.copyOf(first, form.place(first).end());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read a key of keyed state: " + e.getMessage(), e);
        }
    }
}
