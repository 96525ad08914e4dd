package dev.weir.rocksdb;

import dev.weir.engine.state.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Lists in the form that the database can append to: the elements with a comma between them, to the end of the value. A
 * table with this codec is a {@link ListTable}. For one thread.
 */
public final class ListCodec<E> implements Codec<List<E>> {

    static final byte DELIMITER = ',';

    private final Codec<E> elements;

    public ListCodec(Codec<E> elements) {
        this.elements = elements;
    }

    /** The codec of the elements. */
    public Codec<E> elements() {
        return elements;
    }

    @Override
    public void write(List<E> value, DataOutput out) throws IOException {
        boolean first = true;
        for (E element : value) {
            if (!first) {
                out.writeByte(DELIMITER);
            }
            first = false;
            elements.write(element, out);
        }
    }

    /** {@inheritDoc} The input ends with the value. */
    @Override
    public List<E> read(DataInput in) throws IOException {
        if (!(in instanceof BytesIn bytes)) {
            throw new IOException("a list without its size can be read from " + BytesIn.class.getName() + " only, not "
                    + in.getClass().getName());
        }
        List<E> list = new ArrayList<>();
        while (bytes.available() > 0) {
            list.add(elements.read(bytes));
            if (bytes.available() > 0) {
                bytes.readByte();
            }
        }
        return list;
    }

    @Override
    public List<E> copy(List<E> value) {
        List<E> copy = new ArrayList<>(value.size());
        for (E element : value) {
            copy.add(elements.copy(element));
        }
        return copy;
    }

    @Override
    public boolean isImmutable() {
        return false;
    }

    @Override
    public ListCodec<E> duplicate() {
        return new ListCodec<>(elements.duplicate());
    }
}
