/* "make_bombs FOLDER": writes pictures that would take far more memory than their files, were they believed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static FILE *open_file(const char *folder, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    return file;
}

static void put(const char *folder, const char *name, const void *data, size_t size) {
    FILE *file = open_file(folder, name);
    fwrite(data, 1, size, file);
    fclose(file);
}

static void put_big_endian(FILE *file, unsigned long value) {
    for (int shift = 24; shift >= 0; shift -= 8)
        fputc((int)(value >> shift & 255), file);
}

static void put_chunk(FILE *file, const char *type, const uint8_t *data, size_t size) {
    const unsigned long sum = crc32(0, (const uint8_t *)type, 4);
    put_big_endian(file, size);
    fwrite(type, 1, 4, file);
    fwrite(data, 1, size, file);
    put_big_endian(file, size > 0 ? crc32(sum, data, (unsigned)size) : sum);
}

/* 1 GB of zeros in 1 MB. */
static uint8_t *make_zeros(size_t *size) {
    enum { ROOM = 2 << 20, PIECE = 1 << 20, PIECES = 1 << 10 };
    uint8_t *packed = malloc(ROOM), *zeros = calloc(1, PIECE);
    z_stream stream = {.next_out = packed, .avail_out = ROOM};
    if (packed == NULL || zeros == NULL || deflateInit(&stream, 6) != Z_OK)
        exit(1);
    for (int i = 1; i <= PIECES; i++) {
        stream.next_in = zeros;
        stream.avail_in = PIECE;
        if (deflate(&stream, i < PIECES ? Z_NO_FLUSH : Z_FINISH) == Z_STREAM_ERROR)
            exit(1);
    }
    *size = stream.total_out;
    deflateEnd(&stream);
    free(zeros);
    return packed;
}

/* A picture of side x side gray pixels, with a chunk of zeros, behind a head, before the data of 4 x 4
 * pixels. */
static void make_png(const char *folder, const char *name, uint32_t side, const char *type, const char *head,
                     size_t head_size, const uint8_t *zeros, size_t size) {
    static const uint8_t rows[20];
    uint8_t pixels[64];
    uLongf pixels_size = sizeof pixels;
    compress(pixels, &pixels_size, rows, sizeof rows);
    uint8_t header[13] = {0, 0, 0, 0, 0, 0, 0, 0, 8};
    FILE *file = open_file(folder, name);
    for (int i = 0; i < 4; i++)
        header[i] = header[4 + i] = (uint8_t)(side >> (24 - 8 * i));
    fwrite("\x89PNG\r\n\x1a\n", 1, 8, file);
    put_chunk(file, "IHDR", header, sizeof header);
    uint8_t *chunk = malloc(head_size + size);
    if (chunk == NULL)
        exit(1);
    memcpy(chunk, head, head_size);
    memcpy(chunk + head_size, zeros, size);
    put_chunk(file, type, chunk, head_size + size);
    put_chunk(file, "IDAT", pixels, strcmp(type, "IDAT") == 0 ? 0 : pixels_size);
    put_chunk(file, "IEND", pixels, 0);
    fclose(file);
    free(chunk);
}

int main(int argc, char **argv) {
    size_t size;
    if (argc != 2)
        return 2;
    uint8_t *zeros = make_zeros(&size);
    make_png(argv[1], "small-idat.png", 4, "IDAT", "", 0, zeros, size);
    make_png(argv[1], "text.png", 4, "zTXt", "Comment\0", 9, zeros, size);
    make_png(argv[1], "profile.png", 4, "iCCP", "profile\0", 9, zeros, size);
    make_png(argv[1], "huge.png", 2000000000, "IDAT", "", 0, zeros, size);
    make_png(argv[1], "large.png", 30000, "IDAT", "", 0, zeros, size);
    free(zeros);
    put(argv[1], "huge.gif", "GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\2\2\x44\1\0;", 29);
    put(argv[1], "huge.bmp",
        "BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\xff\xff\xff\x7f\xff\xff\xff\x7f\1\0\x18\0", 30);
    put(argv[1], "huge.psd",
        "8BPS\0\1\0\0\0\0\0\0\0\3\0\0\x75\x30\0\0\x75\x30\0\x8\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 40);
    put(argv[1], "huge.ppm", "P6 2000000000 2000000000 255\n", 29);
    put(argv[1], "huge.pbm", "P1 99999 1000 1\n", 16);
    put(argv[1], "huge.jpg",
        "\xff\xd8\xff\xc0\0\x11\x8\xff\xff\xff\xff\3\1\x22\0\2\x11\1\3\x11\1\xff\xda\0\x0c\3\1\0\2\x11\3\x11"
        "\0\x3f\0"
        "\xff\xd9",
        37);
    put(argv[1], "huge.hdr", "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 4000000 +X 4000000\n", 58);
    return 0;
}
