import fc from 'fast-check';
import { refusalOf } from '../../../../test/support/translation.js';
import { parseHostList } from '../../../config/host-list.js';
import { checkMediaUrl, type MediaKind } from './check-media-url.js';

const check = (url: string, hosts = '*', kind: MediaKind = 'image', maxBytes = 64) =>
  checkMediaUrl(kind, url, 'input[0].x', { hosts: parseHostList(hosts), maxBytes });
const refused = { status: 400, code: 'invalid_image_url', param: 'input[0].x' };
const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');

describe('the URL of an image', () => {
  it.each([
    ['http://example.com/a.png', 'http://example.com/a.png'],
    ['https://example.com', 'https://example.com/'],
    ['HTTPS://EXAMPLE.com:8443/a b.png?q=%0A#f', 'https://example.com:8443/a%20b.png?q=%0A#f'],
    ['https://münchen.de/a.png', 'https://xn--mnchen-3ya.de/a.png'],
    ['https://example.com./a.png', 'https://example.com./a.png'],
    ['http://8.8.8.8/a.png', 'http://8.8.8.8/a.png'],
    ['http://134744072/a.png', 'http://8.8.8.8/a.png'],
    ['http://[2606:4700::1111]/a.png', 'http://[2606:4700::1111]/a.png'],
    [
      'https://s3.amazonaws.com/b/k?X-Amz-Signature=a%2Fb&x=1',
      'https://s3.amazonaws.com/b/k?X-Amz-Signature=a%2Fb&x=1',
    ],
    ['https://127.0.0.1.example.com/', 'https://127.0.0.1.example.com/'],
  ])('should go on as one parser reads it: %s', (url, sent) => {
    expect(check(url)).toBe(sent);
  });

  it.each([
    ['loopback', 'http://127.0.0.1/'],
    ['loopback, elsewhere in its range', 'http://127.8.9.10/'],
    ['loopback, short', 'http://127.1/'],
    ['loopback, decimal', 'http://2130706433/'],
    ['loopback, hexadecimal', 'http://0x7f000001/'],
    ['loopback, octal', 'http://0177.0.0.1/'],
    ['loopback, mixed', 'http://0x7f.0.0x0.01/'],
    ['loopback in full-width digits', 'http://１２７.０.０.１/'],
    ['loopback in circled digits', 'http://①②⑦.⓪.⓪.①/'],
    ['loopback with ideographic stops', 'http://127。0。0。1/'],
    ['loopback in percents', 'http://%31%32%37%2e0.0.1/'],
    ['loopback with the dot of the root', 'http://127.0.0.1./'],
    ['a name with two dots at its end', 'http://localhost../'],
    ['loopback of IPv6', 'http://[::1]/'],
    ['loopback of IPv6 in full', 'http://[0:0:0:0:0:0:0:1]:80/'],
    ['mapped', 'http://[::ffff:127.0.0.1]/'],
    ['mapped in hexadecimal', 'http://[::ffff:a9fe:a9fe]/'],
    ['mapped, of a public address', 'http://[::ffff:8.8.8.8]/'],
    ['compatible', 'http://[::127.0.0.1]/'],
    ['translated', 'http://[::ffff:0:127.0.0.1]/'],
    ['NAT64', 'http://[64:ff9b::169.254.169.254]/'],
    ['local NAT64', 'http://[64:ff9b:1::a00:1]/'],
    ['6to4', 'http://[2002:7f00:1::]/'],
    ['Teredo', 'http://[2001:0:53aa:64c::1]/'],
    ['unique local', 'http://[fd12:3456::1]/'],
    ['metadata over IPv6', 'http://[fd00:ec2::254]/'],
    ['link-local of IPv6', 'http://[fe80::1]/'],
    ['site-local of IPv6', 'http://[fec0::1]/'],
    ['multicast of IPv6', 'http://[ff02::1]/'],
    ['unspecified of IPv6', 'http://[::]/'],
    ['documentation of IPv6', 'http://[2001:db8::1]/'],
    ['nowhere in IPv6', 'http://[4000::1]/'],
    ['private, 10', 'http://10.1.2.3/'],
    ['private, 172.16', 'http://172.16.0.1/'],
    ['private, the last of 172', 'http://172.31.255.255/'],
    ['private, 192.168', 'http://192.168.1.1/'],
    ['private, decimal', 'http://3232235777/'],
    ['metadata', 'http://169.254.169.254/latest/meta-data/'],
    ['metadata, decimal', 'http://2852039166/'],
    ['metadata, short', 'http://169.254.43518/'],
    ['metadata of Alibaba', 'http://100.100.100.200/'],
    ['metadata of Oracle', 'http://192.0.0.192/'],
    ['metadata of Azure', 'http://168.63.129.16/'],
    ['carrier-grade NAT', 'http://100.64.0.1/'],
    ['unspecified', 'http://0.0.0.0/'],
    ['unspecified, short', 'http://0/'],
    ['this network', 'http://0.1.2.3/'],
    ['broadcast', 'http://255.255.255.255/'],
    ['multicast', 'http://224.0.0.1/'],
    ['reserved', 'http://240.0.0.1/'],
    ['benchmarks', 'http://198.18.0.1/'],
    ['localhost', 'http://localhost/'],
    ['localhost in capitals, with a dot', 'http://LOCALHOST./'],
    ['below localhost', 'http://a.localhost/'],
    ['metadata by name', 'http://metadata.google.internal/computeMetadata/v1/'],
    ['metadata by name, with a dot', 'http://metadata.google.internal./'],
    ['a name of the network', 'http://printer.local/'],
    ['a service of the cluster', 'http://api.default.svc/'],
    ['home.arpa', 'http://nas.home.arpa/'],
    ['a name without dots', 'http://redis:6379/'],
    ['soft hyphens in a name', 'http://local\u00adhost/'],
    ['a user', 'http://me@example.com/'],
    ['a user and a password', 'https://me:pw@example.com/'],
    ['a user without a name', 'https://:pw@example.com/'],
    ['what looks like a user', 'http://example.com\\@127.0.0.1/'],
    ['a backslash', 'http:\\\\example.com/'],
    ['a line end', 'http://example.com/\r\nHost: a'],
    ['a line end at its end', 'http://example.com/\n'],
    ['a tab in the host', 'http://exa\tmple.com/'],
    ['a NUL', 'http://example.com/\0'],
    ['another scheme', 'ftp://example.com/a.png'],
    ['a file', 'file:///etc/passwd'],
    ['gopher', 'gopher://127.0.0.1:6379/_x'],
    ['javascript', 'javascript:alert(1)'],
    ['a blob', 'blob:https://example.com/1'],
    ['no scheme', 'example.com/a.png'],
    ['no host', 'http://'],
    ['a port that is none', 'http://example.com:99999/'],
    ['an address that is none', 'http://1.2.3.4.5/'],
    ['data behind a space', ' data:image/svg+xml,<svg/>'],
    ['an unknown zone', 'http://[fe80::1%25eth0]/'],
  ])('should be refused: %s', (_name, url) => {
    expect(refusalOf(() => check(url))).toMatchObject(refused);
  });

  it('should be refused for every private address in every notation', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const address = fc
      .tuple(
        fc.constantFrom([10], [127], [169, 254], [192, 168], [172, 20], [100, 100], [0], [224]),
        octet,
        octet,
        octet,
      )
      .map(([start, ...rest]) => [...start, ...rest].slice(0, 4));
    const radix = fc.constantFrom(
      (part: number) => String(part),
      (part: number) => `0x${part.toString(16)}`,
      (part: number) => `0${part.toString(8)}`,
    );
    fc.assert(
      fc.property(
        address,
        fc.array(radix, { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 1, max: 4 }),
        (bytes, write, count) => {
          const last = bytes.slice(count - 1).reduce((sum, byte) => sum * 256 + byte, 0);
          const host = [...bytes.slice(0, count - 1), last]
            .map((part, index) => write[index]!(part))
            .join('.');
          const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
          for (const url of [`http://${host}/`, `http://[::ffff:${hex.slice(0, 4)}:${hex.slice(4)}]/`]) {
            expect(refusalOf(() => check(url))).toMatchObject(refused);
          }
        },
      ),
    );
  });

  it('should not be repeated in the error: it may hold a secret', () => {
    expect(refusalOf(() => check('http://me:secret@example.com/')).message).not.toContain('secret');
  });
});

describe('MEDIA_HOSTS', () => {
  it.each([
    ['minio.local', 'http://minio.local:9000/a.png'],
    ['minio:9000', 'http://minio:9000/a.png'],
    ['10.0.0.5', 'http://10.0.0.5/a.png'],
    ['10.0.0.5', 'http://167772165/a.png'],
    ['0xa.5', 'http://10.0.0.5/a.png'],
    ['[::1]:8000', 'http://[0::1]:8000/a.png'],
    ['.cdn.example.com', 'https://a.b.cdn.example.com/a.png'],
    ['.internal', 'http://images.internal/a.png'],
    ['example.com:443', 'https://example.com/a.png'],
    ['Example.COM.', 'https://example.com/a.png'],
    ['a.com, *', 'https://b.com/a.png'],
    ['localhost', 'http://me:pw@localhost/a.png'],
  ])('%s should let %s through', (hosts, url) => {
    expect(check(url, hosts)).toBe(new URL(url).href);
  });

  it.each([
    ['none', 'https://example.com/'],
    ['a.com', 'https://b.com/'],
    ['a.com', 'https://a.com.b.com/'],
    ['a.com', 'https://x.a.com/'],
    ['.a.com', 'https://a.com/'],
    ['.a.com', 'https://xa.com/'],
    ['a.com:8443', 'https://a.com/'],
    ['a.com, *', 'http://127.0.0.1/'],
    ['a.com', 'https://a.com@b.com/'],
    ['a.com', 'ftp://a.com/'],
    ['a.com', 'https://a.com/\n'],
  ])('%s should not let %s through', (hosts, url) => {
    expect(refusalOf(() => check(url, hosts))).toMatchObject(refused);
  });

  it.each([
    '',
    'a b',
    'http://a.com',
    'a.com/x',
    '*.a.com',
    'a.com,',
    'none,a.com ,',
    'me@a.com',
    '::1',
    '.',
  ])('should not be %j', (hosts) => {
    expect(() => parseHostList(hosts)).toThrow(/is no host/);
  });
});

describe('a data URL', () => {
  it.each<[MediaKind, string]>([
    ['image', `data:image/png;base64,${base64('\x89PNG')}`],
    ['image', `data:image/jpeg;base64,${base64('\xff\xd8\xff')}`],
    ['image', 'data:image/webp;base64,AA'],
    ['audio', 'data:audio/mpeg;base64,AAAA'],
    ['video', 'data:video/mp4;base64,AAAA'],
  ])('should go on as it is, as %s: %s', (kind, url) => {
    expect(check(url, 'none', kind)).toBe(url);
  });

  it('should go on in one form', () => {
    expect(check('DATA:Image/PNG;name=a.png;BASE64,AAAA')).toBe('data:image/png;base64,AAAA');
  });

  it.each([
    ['no comma', 'data:image/png;base64'],
    ['a comma far away', `data:image/png;${'a'.repeat(300)};base64,AAAA`],
    ['no type', 'data:;base64,AAAA'],
    ['no data', 'data:image/png;base64,'],
    ['no base64', 'data:image/png,AAAA'],
    ['what is no base64', 'data:image/png;base64,AA*A'],
    ['base64 of another length', 'data:image/png;base64,AAAAA'],
    ['base64 with wrong padding', 'data:image/png;base64,AAA=='],
    ['base64 with padding alone', 'data:image/png;base64,===='],
    ['line ends in it', 'data:image/png;base64,AA\nAA'],
    ['base64 of URLs', 'data:image/png;base64,AA-_'],
    ['a page', 'data:text/html;base64,AAAA'],
    ['a document', 'data:application/pdf;base64,AAAA'],
    ['sound', 'data:audio/wav;base64,AAAA'],
    ['SVG', `data:image/svg+xml;base64,${base64('<svg/>')}`],
    ['SVG as text', 'data:image/svg+xml,<svg/>'],
    ['SVG that says PNG', `data:image/png;base64,${base64('<svg xmlns="http://www.w3.org/2000/svg"/>')}`],
    ['SVG behind spaces', `data:image/png;base64,${base64(`${' '.repeat(40)}<svg/>`)}`],
    ['SVG behind a byte order mark', `data:image/gif;base64,${base64('\xef\xbb\xbf<svg/>')}`],
    ['SVG in UTF-16', `data:image/gif;base64,${base64('\xff\xfe<\0s\0')}`],
    ['SVG in UTF-16, the other way round', `data:image/gif;base64,${base64('\0<\0s')}`],
    ['SVG packed', `data:image/gif;base64,${base64('\x1f\x8b\x08')}`],
    ['XML', `data:image/png;base64,${base64('<?xml version="1.0"?><svg/>')}`],
    ['too much', `data:image/png;base64,${'A'.repeat(88)}`],
  ])('should be refused with %s', (_name, url) => {
    expect(refusalOf(() => check(url))).toMatchObject(refused);
  });

  it('should be taken up to the limit, counted in bytes', () => {
    expect(check(`data:image/png;base64,${Buffer.alloc(64).toString('base64')}`)).toContain('base64,');
    const tooLarge = `data:image/png;base64,${Buffer.alloc(65).toString('base64')}`;
    expect(refusalOf(() => check(tooLarge)).message).toContain('65 bytes; the limit is 64');
  });

  it('should be refused under another code where it is no image', () => {
    expect(refusalOf(() => check('http://127.0.0.1/', '*', 'video'))).toMatchObject({
      code: 'invalid_request',
    });
  });
});
